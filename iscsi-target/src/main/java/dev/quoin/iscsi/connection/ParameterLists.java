package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.reservation.PrDecision;
import dev.quoin.iscsi.reservation.PrOrder;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.ModeList;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.ReservationOrder;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that change what sessions share of a unit by a parameter list. May be used by any thread; nothing here blocks. */
final class ParameterLists {

    private static final Logger LOG = LoggerFactory.getLogger(ParameterLists.class);

    private final Session session;
    private final TargetContext target;
    private final Copies copies;

    ParameterLists(Session session, TargetContext target, Copies copies) {
        this.copies = copies;
        this.session = session;
        this.target = target;
    }

    CompletableFuture<Outcome> run(Task task, ScsiCommand.WithList command, @Nullable ByteBuffer data) {
        ServedUnit served = task.served();
        ByteBuffer list = data == null ? ByteBuffer.allocate(0) : data;
        return switch (command) {
            case ScsiCommand.PersistentReserveOut out -> reserve(task, out, list);
            case ScsiCommand.ExtendedCopy copy -> copies.run(list);
            case ScsiCommand.Sanitize sanitize -> Sanitizing.run(served, sanitize, list);
            case ScsiCommand.ModeSelect select -> CompletableFuture.completedFuture(select(served, select, list));
        };
    }

    /** An abort does not wait until others act by what was asked for, which may be what the abort is a part of. */
    private CompletableFuture<Outcome> reserve(Task task, ScsiCommand.PersistentReserveOut command, ByteBuffer list) {
        List<Integer> ports =
                target.ports().get().stream().map(TargetPort::relativeId).toList();
        return switch (PrOut.read(command, list, session.port().targetPort(), ports)) {
            case PrOut.Wrong(SenseCode code) -> CompletableFuture.completedFuture(Outcomes.check(code));
            case PrOut.Ordered(PrOrder asked) -> {
                ReservationOrder order = task.served().reservations().order(session.port(), asked);
                task.onAbort(order::giveUp);
                yield order.answer().thenApply(decision -> decided(task.served(), decision));
            }
        };
    }

    private Outcome decided(ServedUnit served, PrDecision decision) {
        return switch (decision) {
            case PrDecision.Conflict _ -> Outcomes.CONFLICT;
            case PrDecision.Refused(SenseCode code) -> Outcomes.check(code);
            case PrDecision.Done(var next, var told, var aborted) -> {
                LOG.info(
                        "reservations changed unit={} initiator={} generation={} registrants={} reservation={} told={} aborted={}",
                        served.unit().identity().serial(),
                        session.port().initiator(),
                        next.generation(),
                        next.registrants().size(),
                        next.reservation(),
                        told.size(),
                        aborted.size());
                yield Outcomes.GOOD;
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
                    for (Session each : target.everybody().get()) {
                        if (each != session) {
                            each.units()
                                    .numbersOf(served.state())
                                    .forEach(
                                            number -> each.attentions().add(number, SenseCode.MODE_PARAMETERS_CHANGED));
                        }
                    }
                }
                yield Outcomes.GOOD;
            }
        };
    }
}
