package dev.quoin.iscsi.connection;

import dev.quoin.device.BlockDevice;
import dev.quoin.iscsi.connection.Task.State;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.Digests;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The READ commands of a connection.
 *
 * <p>A small one, or one behind which nothing waits, is tried at once: the device reads straight into the connection's batch.
 * What the device does not have at hand, and large ones among others, go to the device's own threads, and whoever completes
 * sends; so a slow block holds up nobody, and finished large reads leave together.
 */
final class Reads {

    /** Reads up to this many bytes are tried at once also when others wait. */
    static final int INLINE_MAX = 32 << 10;

    /** From this segment length on the device reads each Data-In on its own; below it reads once and the data is copied. */
    private static final int DIRECT_SEGMENT_MIN = 32 << 10;

    private final SessionParameters parameters;
    private final CommandWindow window;
    private final Responses responses;
    private final TaskSet tasks;
    private final Allegiance allegiance;
    private final Budget budget;
    private final BufferPool pool;
    private final ArrayDeque<Task> deferred = new ArrayDeque<>();
    private @Nullable DataInPlan lastPlan;
    private int lastBlockSize;

    Reads(
            SessionParameters parameters,
            CommandWindow window,
            Responses responses,
            TaskSet tasks,
            Allegiance allegiance,
            Budget budget,
            BufferPool pool) {
        this.parameters = parameters;
        this.window = window;
        this.responses = responses;
        this.tasks = tasks;
        this.allegiance = allegiance;
        this.budget = budget;
        this.pool = pool;
    }

    /**
     * Takes a READ.
     *
     * @param expected the bytes that the initiator takes; 0 if it expects to receive none
     * @param alone whether no other request waits in the input
     * @param order in which it runs with others
     */
    void command(
            int tag,
            ServedUnit served,
            long lba,
            long blocks,
            long expected,
            boolean counted,
            boolean alone,
            Task.Order order) {
        LogicalUnit unit = served.unit();
        boolean descriptorSense = served.modes().descriptorSense();
        Outcome refused = Ranges.check(unit, lba, blocks, LogicalUnit.TRANSFER_BYTES_MAX);
        if (refused != null) {
            responses.answer(tag, refused, Expected.of(expected, true, descriptorSense));
            endHere(counted);
            return;
        }
        int blockSize = unit.geometry().blockSize();
        int length = (int) (blocks * blockSize);
        int total = (int) Math.min(length, expected);
        long residual = expected - length;
        if (total == 0) {
            Responses.status(responses.inline(0), tag, ScsiStatus.GOOD, residual);
            endHere(counted);
            return;
        }
        DataInPlan plan = plan(blockSize);
        boolean now = (total <= INLINE_MAX || (alone && tasks.isEmpty())) && tasks.mayRunNow(order);
        if (now
                && total % blockSize == 0
                && plan.direct()
                && tryNow(tag, unit, lba * blockSize, total, residual, plan)) {
            endHere(counted);
            return;
        }
        Task task = new Task(
                tag,
                served,
                new ScsiCommand.Read(lba, blocks),
                new Expected(expected, true, residual, descriptorSense),
                counted,
                order,
                allegiance);
        tasks.add(task);
        boolean inTurn = deferred.isEmpty() || order == Task.Order.HEAD_OF_QUEUE;
        if (!inTurn || !start(task)) {
            deferred.add(task);
        }
    }

    /** Whether commands wait for buffers. */
    boolean waiting() {
        return !deferred.isEmpty();
    }

    /** Starts reads that waited for buffers. */
    void resume() {
        for (Task task; (task = deferred.peek()) != null; deferred.poll()) {
            if (task.state() == State.WAITING && !start(task)) {
                return;
            }
        }
    }

    private void endHere(boolean counted) {
        if (counted) {
            window.endHere();
        }
    }

    private DataInPlan plan(int blockSize) {
        DataInPlan plan = lastPlan;
        if (plan == null || lastBlockSize != blockSize) {
            plan = new DataInPlan(parameters, blockSize);
            lastPlan = plan;
            lastBlockSize = blockSize;
        }
        return plan;
    }

    /** Builds the answer in the connection's batch if the device has all of it at hand. */
    private boolean tryNow(int tag, LogicalUnit unit, long offset, int total, long residual, DataInPlan plan) {
        int wire = responses.wireLength(total)
                + (total <= plan.segment() ? 0 : plan.countMax(total) * responses.wireLength(4));
        if (wire > Responses.BATCH_BYTES) {
            return false;
        }
        OutputBatch batch = responses.inline(wire);
        long mark = batch.mark();
        ByteBuffer out = batch.buffer();
        BlockDevice device = unit.device();
        int dataSn = 0;
        for (int done = 0; done < total; ) {
            int length = plan.length(done, total);
            int end = done + length;
            int at = Responses.dataIn(
                    batch, tag, length, done, dataSn++, plan.endsSequence(end, total), end == total, residual);
            int data = batch.dataAt(at);
            boolean read =
                    device.tryReadNow(offset + done, out.limit(data + length).position(data));
            out.clear();
            if (!read) {
                batch.reset(mark);
                return false;
            }
            batch.seal(at, responses.digests());
            done = end;
        }
        return true;
    }

    /** Gives a waiting task to the device; false if others come first, or there are no buffers now. */
    private boolean start(Task task) {
        if (!tasks.mayRun(task)) {
            return false;
        }
        Outcome verdict = task.verdict();
        if (verdict != null) {
            tasks.end(task, () -> responses.answer(task.tag(), verdict, task.expected()));
            return true;
        }
        ScsiCommand.Read read = (ScsiCommand.Read) task.command();
        int blockSize = task.unit().geometry().blockSize();
        int length = (int) (read.blocks() * blockSize);
        int total = (int) Math.min(length, task.expected().bytes());
        DataInPlan plan = plan(blockSize);
        long wire = responses.wireLength(total) + (long) plan.countMax(total) * responses.wireLength(4);
        if (!tasks.hold(task, wire)) {
            return false;
        }
        task.held(wire);
        ByteBuffer buffer = pool.take(wire);
        boolean direct = total % blockSize == 0
                && plan.direct()
                && (total <= plan.segment() || plan.segment() >= DIRECT_SEGMENT_MIN);
        ByteBuffer data = direct ? null : pool.take((long) (total + blockSize - 1) / blockSize * blockSize);
        if (buffer == null || (!direct && data == null)) {
            giveBack(buffer);
            giveBack(data);
            tasks.end(task, () -> responses.answer(task.tag(), Outcomes.TASK_SET_FULL, task.expected()));
            return true;
        }
        task.move(State.WAITING, State.RUNNING);
        OutputBatch batch = responses.wrap(buffer);
        build(batch, task.tag(), total, task.expected().residual(), plan);
        CompletableFuture<?> reading;
        try {
            reading = data == null
                    ? readDirect(task.unit().device(), batch, read.lba() * blockSize, total, plan)
                    : readAside(task.unit().device(), batch, read.lba() * blockSize, total, data, plan);
        } catch (RuntimeException bug) {
            reading = CompletableFuture.failedFuture(bug);
        }
        task.running(reading.whenComplete((nothing, failure) -> {
            giveBack(data);
            complete(task, batch, total, plan, failure);
        }));
        return true;
    }

    /** Writes all headers; the data comes later. */
    private static void build(OutputBatch batch, int tag, int total, long residual, DataInPlan plan) {
        int dataSn = 0;
        for (int done = 0; done < total; ) {
            int length = plan.length(done, total);
            int end = done + length;
            Responses.dataIn(batch, tag, length, done, dataSn++, plan.endsSequence(end, total), end == total, residual);
            done = end;
        }
    }

    private CompletableFuture<?> readDirect(
            BlockDevice device, OutputBatch batch, long offset, int total, DataInPlan plan) {
        int at = batch.dataAt(0);
        if (total <= plan.segment()) {
            return device.read(
                    offset, batch.buffer().duplicate().limit(at + total).position(at));
        }
        CompletableFuture<?>[] parts = new CompletableFuture<?>[plan.countMax(total)];
        int count = 0;
        for (int done = 0, header = 0; done < total; ) {
            int length = plan.length(done, total);
            int data = batch.dataAt(header);
            parts[count++] = device.read(
                    offset + done,
                    batch.buffer().duplicate().limit(data + length).position(data));
            header += responses.wireLength(length);
            done += length;
        }
        return CompletableFuture.allOf(Arrays.copyOf(parts, count));
    }

    private CompletableFuture<?> readAside(
            BlockDevice device, OutputBatch batch, long offset, int total, ByteBuffer data, DataInPlan plan) {
        int blockSize = device.geometry().blockSize();
        int rounded = (total + blockSize - 1) / blockSize * blockSize;
        return device.read(offset, data.limit(rounded).position(0)).thenRun(() -> {
            for (int done = 0, header = 0; done < total; ) {
                int length = plan.length(done, total);
                batch.buffer().put(batch.dataAt(header), data, done, length);
                header += responses.wireLength(length);
                done += length;
            }
        });
    }

    private void complete(Task task, OutputBatch batch, int total, DataInPlan plan, @Nullable Throwable failure) {
        // The buffer stays part of the budget until the initiator has taken the data.
        batch.held(task.held());
        task.held(0);
        boolean answered = tasks.end(task, () -> {
            if (failure == null) {
                if (responses.dataDigest()) {
                    seal(batch, total, plan);
                }
                responses.send(batch);
            } else {
                long lba = ((ScsiCommand.Read) task.command()).lba();
                responses.answerElsewhere(task.tag(), Outcomes.ofFailure(failure, false, lba), task.expected());
            }
        });
        if (!answered || failure != null) {
            budget.release(batch.held());
            giveBack(batch.buffer());
        }
    }

    private void seal(OutputBatch batch, int total, DataInPlan plan) {
        Digests digests = new Digests();
        for (int done = 0, header = 0; done < total; ) {
            int length = plan.length(done, total);
            batch.seal(header, digests);
            header += responses.wireLength(length);
            done += length;
        }
    }

    private void giveBack(@Nullable ByteBuffer buffer) {
        if (buffer != null) {
            pool.give(buffer);
        }
    }
}
