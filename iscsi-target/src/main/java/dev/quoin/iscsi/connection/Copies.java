package dev.quoin.iscsi.connection;

import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.scsi.CopyData;
import dev.quoin.iscsi.scsi.CopyList;
import dev.quoin.iscsi.scsi.Designator;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * EXTENDED COPY of a session: blocks from unit to unit without the initiator's network (SPC-4 5.16). It reaches the units that the
 * session sees, under the reservations that bind the session, and no others. May be used by any thread; nothing here blocks.
 */
final class Copies {

    /** Of so many copies the end is remembered until it is asked for. */
    private static final int REMEMBERED_MAX = 16;

    private static final int STEP_BYTES = 1 << 20;

    private final Session session;
    private final BufferPool pool;
    private final Map<Integer, byte[]> ended = new LinkedHashMap<>();

    Copies(Session session, BufferPool pool) {
        this.session = session;
        this.pool = pool;
    }

    /** How the copy of an identifier ended, once; null if none is known. */
    synchronized byte @Nullable [] takeStatus(int listId) {
        return ended.remove(listId);
    }

    private synchronized void remember(CopyList list, boolean good, int segments) {
        if (list.kept()) {
            if (ended.size() == REMEMBERED_MAX) {
                ended.remove(ended.keySet().iterator().next());
            }
            ended.put(list.listId(), CopyData.status(good, segments));
        }
    }

    CompletableFuture<Outcome> run(ByteBuffer parameters) {
        if (parameters.limit() == 0) {
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        return switch (CopyList.read(parameters)) {
            case CopyList.Wrong(SenseCode code) -> CompletableFuture.completedFuture(Outcomes.check(code));
            case CopyList.Good(CopyList list) -> run(list);
        };
    }

    private CompletableFuture<Outcome> run(CopyList list) {
        List<@Nullable ServedUnit> targets = new ArrayList<>();
        list.targets().forEach(name -> targets.add(named(name)));
        for (CopyList.Segment segment : list.segments()) {
            Outcome refused = refusal(segment, targets);
            if (refused != null) {
                return CompletableFuture.completedFuture(refused);
            }
        }
        ByteBuffer scratch = pool.take(STEP_BYTES);
        if (scratch == null) {
            return CompletableFuture.completedFuture(Outcomes.TASK_SET_FULL);
        }
        return segment(list, targets, 0, scratch).whenComplete((outcome, failure) -> pool.give(scratch));
    }

    private @Nullable ServedUnit named(Designator name) {
        return session.units().all().stream()
                .filter(served -> Designator.of(served.unit()).contains(name))
                .findFirst()
                .orElse(null);
    }

    private @Nullable Outcome refusal(CopyList.Segment segment, List<@Nullable ServedUnit> targets) {
        ServedUnit source = segment.source() < targets.size() ? targets.get(segment.source()) : null;
        ServedUnit destination = segment.destination() < targets.size() ? targets.get(segment.destination()) : null;
        if (source == null || destination == null) {
            return Outcomes.check(SenseCode.COPY_TARGET_NOT_REACHABLE);
        }
        boolean fits = source.unit().geometry().blockSize()
                        == destination.unit().geometry().blockSize()
                && Ranges.check(source.unit(), segment.from(), segment.blocks(), Long.MAX_VALUE) == null
                && Ranges.check(destination.unit(), segment.to(), segment.blocks(), Long.MAX_VALUE) == null;
        if (!fits) {
            return Outcomes.check(SenseCode.COPY_ABORTED);
        }
        for (ServedUnit each : new ServedUnit[] {source, destination}) {
            if (!each.sanitation().isIdle()) {
                return Outcomes.check(SenseCode.COPY_ABORTED);
            }
        }
        ScsiCommand reads = new ScsiCommand.Read(segment.from(), segment.blocks());
        ScsiCommand writes = new ScsiCommand.Write(segment.to(), segment.blocks(), false);
        if (!source.reservations().isCurrent() || !destination.reservations().isCurrent()) {
            return Outcomes.BUSY;
        }
        if (source.reservations().conflicts(session.port(), reads)
                || destination.reservations().conflicts(session.port(), writes)) {
            return Outcomes.CONFLICT;
        }
        return destination.isWriteProtected() ? Outcomes.check(SenseCode.WRITE_PROTECTED) : null;
    }

    private CompletableFuture<Outcome> segment(
            CopyList list, List<@Nullable ServedUnit> targets, int index, ByteBuffer scratch) {
        if (index == list.segments().size()) {
            remember(list, true, index);
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        CopyList.Segment segment = list.segments().get(index);
        ServedUnit source = targets.get(segment.source());
        ServedUnit destination = targets.get(segment.destination());
        if (source == null || destination == null) {
            throw new IllegalStateException("segment " + index + " was checked");
        }
        int blockSize = source.unit().geometry().blockSize();
        long from = segment.from() * blockSize;
        long to = segment.to() * blockSize;
        return Steps.run(
                        (long) segment.blocks() * blockSize,
                        STEP_BYTES,
                        (done, step) -> copy(
                                source,
                                from + done,
                                destination,
                                to + done,
                                scratch.clear().limit(step)))
                .whenComplete((outcome, failure) -> {
                    if (failure != null) {
                        remember(list, false, index);
                    }
                })
                .thenCompose(good -> segment(list, targets, index + 1, scratch));
    }

    private static CompletableFuture<@Nullable Outcome> copy(
            ServedUnit source, long from, ServedUnit destination, long to, ByteBuffer scratch) {
        int length = scratch.remaining();
        return source.unit()
                .device()
                .read(from, scratch)
                .thenCompose(read -> destination
                        .gate()
                        .enter(to, length, false)
                        .thenCompose(pass -> destination
                                .unit()
                                .device()
                                .write(to, scratch.flip(), WriteMode.CACHED)
                                .<@Nullable Outcome>thenApply(written -> null)
                                .whenComplete(
                                        (outcome, failure) -> destination.gate().leave(pass))));
    }
}
