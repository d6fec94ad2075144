package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrDecision;
import dev.quoin.iscsi.reservation.PrOrder;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.ModeList;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.PortGroups;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Sessions;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that change what sessions share of a unit by a parameter list. May be used by any thread; nothing here blocks. */
final class ParameterLists {

    private static final Logger LOG = LoggerFactory.getLogger(ParameterLists.class);

    private final Session session;
    private final Sessions sessions;
    private final Copies copies;

    ParameterLists(Session session, Sessions sessions, Copies copies) {
        this.copies = copies;
        this.session = session;
        this.sessions = sessions;
    }

    CompletableFuture<Outcome> run(ServedUnit served, ScsiCommand.WithList command, @Nullable ByteBuffer data) {
        ByteBuffer list = data == null ? ByteBuffer.allocate(0) : data;
        return switch (command) {
            case ScsiCommand.PersistentReserveOut out -> reserve(served, out, list);
            case ScsiCommand.ExtendedCopy copy -> copies.run(list);
            case ScsiCommand.Sanitize sanitize -> Sanitizing.run(served, sanitize, list);
            case ScsiCommand.ModeSelect select -> CompletableFuture.completedFuture(select(served, select, list));
        };
    }

    private CompletableFuture<Outcome> reserve(
            ServedUnit served, ScsiCommand.PersistentReserveOut command, ByteBuffer list) {
        return switch (PrOut.read(command, list, PortGroups.TARGET_PORT)) {
            case PrOut.Wrong(SenseCode code) -> CompletableFuture.completedFuture(Outcomes.check(code));
            case PrOut.Ordered(PrOrder order) ->
                served.reservations().order(session.port(), order).thenCompose(decision -> decided(served, decision));
        };
    }

    private CompletableFuture<Outcome> decided(ServedUnit served, PrDecision decision) {
        return switch (decision) {
            case PrDecision.Conflict _ -> CompletableFuture.completedFuture(Outcomes.CONFLICT);
            case PrDecision.Refused(SenseCode code) -> CompletableFuture.completedFuture(Outcomes.check(code));
            case PrDecision.Done(var next, Map<Nexus, SenseCode> told, List<Nexus> aborted) -> {
                LOG.info(
                        "reservations changed unit={} initiator={} generation={} registrants={} reservation={}",
                        served.unit().identity().serial(),
                        session.port().initiator(),
                        next.generation(),
                        next.registrants().size(),
                        next.reservation());
                List<CompletableFuture<Void>> aborts = new ArrayList<>();
                for (Session each : sessions.all()) {
                    SenseCode news = told.get(each.port());
                    if (news != null) {
                        each.attentions().add(served.number(), news);
                    }
                    if (aborted.contains(each.port())) {
                        aborts.add(each.abortTasks(served.number()));
                    }
                }
                yield CompletableFuture.allOf(aborts.toArray(CompletableFuture[]::new))
                        .thenApply(nothing -> Outcomes.GOOD);
            }
        };
    }

    private Outcome select(ServedUnit served, ScsiCommand.ModeSelect command, ByteBuffer list) {
        ModeSettings now = served.modes();
        return switch (ModeList.read(command.ten(), list, served.unit(), now)) {
            case ModeList.Wrong(SenseCode code) -> Outcomes.check(code);
            case ModeList.Changed(ModeSettings settings) -> {
                if (!settings.equals(now)) {
                    served.modes(settings);
                    sessions.all().stream()
                            .filter(each -> each != session)
                            .forEach(each -> each.attentions().add(served.number(), SenseCode.MODE_PARAMETERS_CHANGED));
                }
                yield Outcomes.GOOD;
            }
        };
    }
}
