package dev.quoin.tools.view;

import dev.quoin.admin.proto.ReservationInfo;
import dev.quoin.admin.proto.ReservationKey;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** Persistent reservations. */
public final class ReservationView {

    private static final Listing<ReservationKey> KEYS = Listing.<ReservationKey>of("ReservationKey")
            .text("KEY", "key", one -> "0x" + Long.toHexString(one.getKey()))
            .text("INITIATOR", "initiator", ReservationKey::getInitiator)
            .text("ISID", "isid", ReservationKey::getIsid)
            .number("PORT", "targetPort", ReservationKey::getTargetPort)
            .flag("HOLDER", "holder", ReservationKey::getHolder);

    private static final Listing<ReservationInfo> RESERVATIONS = Listing.<ReservationInfo>of("Reservations")
            .text("VOLUME", "volume", ReservationInfo::getVolume)
            .text("RESERVED", "type", info -> info.getType().isEmpty() ? "no" : info.getType())
            .number("GENERATION", "generation", ReservationInfo::getGeneration)
            .flag("SURVIVES POWER LOSS", "survivesPowerLoss", ReservationInfo::getSurvivesPowerLoss)
            .parts("KEYS", "keys", KEYS, ReservationInfo::getKeysList, info -> Integer.toString(info.getKeysCount()));

    private ReservationView() {}

    /** Prints those of one volume. */
    public static void print(Terminal terminal, OutputFormat format, ReservationInfo info) {
        switch (format) {
            case TABLE -> {
                terminal.out().print(RESERVATIONS.detail(info));
                if (info.getKeysCount() > 0) {
                    terminal.out().print("\n" + KEYS.table(info.getKeysList()));
                }
            }
            case JSON -> terminal.out().println(Json.pretty(RESERVATIONS.document(info)));
        }
    }
}
