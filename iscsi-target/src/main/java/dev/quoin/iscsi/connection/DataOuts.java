package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.connection.Task.State;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.unit.RangeGate;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.LunField;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The commands of a connection that change or check blocks, most of them with data from the initiator (RFC 7143 4.2.4).
 *
 * <p>A write whose data came with it is tried at once from the input buffer. Else the data is gathered in a buffer of the pool,
 * asked for by R2T where the initiator did not send it unasked, and given to the device whole. A command that is refused
 * waits for the data that its initiator sends anyway before it is answered.
 */
final class DataOuts {

    private final SessionParameters parameters;
    private final CommandWindow window;
    private final Responses responses;
    private final TaskSet tasks;
    private final Allegiance allegiance;
    private final Budget budget;
    private final BufferPool pool;
    private final Medium medium;
    private final ParameterLists lists;
    private final ArrayDeque<Task> deferred = new ArrayDeque<>();

    /** They have their data and wait for tasks that came before. */
    private final ArrayDeque<Task> behind = new ArrayDeque<>();

    private int nextTransferTag = 1;

    DataOuts(
            SessionParameters parameters,
            CommandWindow window,
            Responses responses,
            TaskSet tasks,
            Allegiance allegiance,
            Budget budget,
            BufferPool pool,
            ParameterLists lists) {
        this.parameters = parameters;
        this.window = window;
        this.responses = responses;
        this.tasks = tasks;
        this.allegiance = allegiance;
        this.budget = budget;
        this.pool = pool;
        this.medium = new Medium(pool);
        this.lists = lists;
    }

    /** Takes a WRITE whose header is at {@code header}; the fast path of a whole write with its data is here. */
    void write(Arrival arrival, ServedUnit served, long lba, long blocks, boolean fua) {
        LogicalUnit unit = served.unit();
        Outcome refused = Ranges.check(unit, lba, blocks, LogicalUnit.TRANSFER_BYTES_MAX);
        if (refused == null && served.isWriteProtected()) {
            refused = Outcomes.check(SenseCode.WRITE_PROTECTED);
        }
        int blockSize = unit.geometry().blockSize();
        if (refused == null && !fua) {
            long length = blocks * blockSize;
            boolean whole = arrival.isFinal()
                    && length > 0
                    && arrival.dataLength() == length
                    && arrival.expectedOut() == length
                    && parameters.immediateData()
                    && length <= parameters.firstBurstLength()
                    && tasks.mayRunNow(arrival.order());
            if (whole && tryNow(arrival, served, lba * blockSize)) {
                Responses.status(responses.inline(0), arrival.tag(), ScsiStatus.GOOD, 0);
                endHere(arrival);
                return;
            }
        }
        command(arrival, served, new ScsiCommand.Write(lba, blocks, fua), blocks * blockSize, refused);
    }

    private static boolean tryNow(Arrival arrival, ServedUnit served, long offset) {
        RangeGate.Pass pass = served.gate().tryEnter(offset, arrival.dataLength());
        if (pass == null) {
            return false;
        }
        ByteBuffer in = arrival.in();
        int limit = in.limit();
        try {
            return served.unit()
                    .device()
                    .tryWriteNow(
                            offset,
                            in.limit(arrival.dataAt() + arrival.dataLength()).position(arrival.dataAt()));
        } finally {
            in.limit(limit).position(0);
            served.gate().leave(pass);
        }
    }

    /**
     * Takes any command that may last.
     *
     * @param needed the bytes that the command takes from the initiator, 0 for none
     * @param refused how it ends without being executed, or null
     */
    void command(
            Arrival arrival, ServedUnit served, ScsiCommand.Lasting command, long needed, @Nullable Outcome refused) {
        long expected = arrival.expectedOut();
        Expected transfer = new Expected(
                arrival.expected(),
                false,
                arrival.expected() - needed,
                served.modes().descriptorSense());
        Outcome verdict = refused == null ? unsolicitedFault(arrival) : refused;
        int want = verdict == null ? (int) Math.min(needed, expected) : 0;
        Task task = new Task(arrival.tag(), served, command, transfer, arrival.counted(), arrival.order(), allegiance);
        if (verdict != null && arrival.isFinal()) {
            responses.answer(arrival.tag(), verdict, transfer);
            endHere(arrival);
            return;
        }
        tasks.add(task);
        if (verdict != null) {
            absorb(task, arrival, verdict);
            return;
        }
        if (want == 0 && arrival.isFinal()) {
            execute(task, 0);
            return;
        }
        if (!hold(task, want)) {
            if (arrival.isFinal() && arrival.dataLength() == 0) {
                deferred.add(task);
            } else if (arrival.isFinal()) {
                answer(task, Outcomes.TASK_SET_FULL);
            } else {
                absorb(task, arrival, Outcomes.TASK_SET_FULL);
            }
            return;
        }
        collect(task, want, arrival);
        advance(task, want);
    }

    private void collect(Task task, int want, Arrival arrival) {
        Collector collector = new Collector(want, task.buffer(), parameters.maxOutstandingR2t());
        collector.immediate(
                arrival.in(), arrival.dataAt(), arrival.dataLength(), unsolicitedMax(arrival), !arrival.isFinal());
        task.collect(collector);
    }

    /** Waits for the unsolicited data of a command that is lost. */
    private void absorb(Task task, Arrival arrival, Outcome verdict) {
        task.verdict(verdict);
        collect(task, 0, arrival);
    }

    private int unsolicitedMax(Arrival arrival) {
        return (int) Math.min(parameters.firstBurstLength(), arrival.expectedOut());
    }

    /** Whether the initiator sends data unasked that was not agreed on (RFC 7143 13.10, 13.11, 13.14). */
    private @Nullable Outcome unsolicitedFault(Arrival arrival) {
        boolean fault = (arrival.dataLength() > 0 && !parameters.immediateData())
                || (!arrival.isFinal() && parameters.initialR2t())
                || arrival.dataLength() > unsolicitedMax(arrival);
        return fault ? Outcomes.check(SenseCode.UNEXPECTED_UNSOLICITED_DATA) : null;
    }

    /**
     * Takes a Data-Out PDU. One for no open task is dropped: its task may just have been aborted. So is one for a task of another
     * connection, which it must not leave (RFC 7143 4.2.5.1).
     */
    void dataOut(ByteBuffer in, int header, int dataAt, int dataLength) {
        Task task = tasks.get(Bhs.initiatorTaskTag(in, header));
        Collector collector = task == null ? null : task.collector();
        if (task == null
                || collector == null
                || task.state() != State.WAITING
                || !task.allegiance().equals(allegiance)) {
            return;
        }
        switch (collector.accept(in, header, dataAt, dataLength)) {
            case MORE -> {}
            case SEQUENCE_END -> {
                Outcome verdict = task.verdict();
                if (verdict == null) {
                    advance(task, collector.want());
                } else {
                    answer(task, verdict);
                }
            }
            case FAULT -> answer(task, Outcomes.check(SenseCode.DATA_PHASE_ERROR));
        }
    }

    /** Whether commands wait for buffers. */
    boolean waiting() {
        return !deferred.isEmpty();
    }

    /** Executes tasks that waited for others, and asks for data of those that waited for buffers. */
    void resume() {
        for (int left = behind.size(); left > 0; left--) {
            Task task = behind.remove();
            if (task.state() == State.WAITING) {
                execute(task, task.buffer() == null ? 0 : task.buffer().limit());
            }
        }
        for (Task task; (task = deferred.peek()) != null; deferred.poll()) {
            if (task.state() != State.WAITING) {
                continue;
            }
            Outcome verdict = task.verdict();
            if (verdict != null) {
                answer(task, verdict);
                continue;
            }
            int want = (int) Math.min(
                    task.expected().bytes(),
                    task.expected().bytes() - task.expected().residual());
            if (!hold(task, want)) {
                return;
            }
            task.collect(new Collector(want, task.buffer(), parameters.maxOutstandingR2t()));
            advance(task, want);
        }
    }

    private boolean hold(Task task, int want) {
        if (!tasks.hold(task, want)) {
            return false;
        }
        ByteBuffer buffer = pool.take(want);
        if (buffer == null) {
            budget.release(want);
            return false;
        }
        task.held(want);
        task.buffer(buffer);
        return true;
    }

    /** Sends the R2T that may be sent, or executes the command when all is there. */
    private void advance(Task task, int want) {
        Collector collector = task.collector();
        if (collector == null || collector.complete()) {
            execute(task, want);
            return;
        }
        while (collector.mayAsk()) {
            int transferTag = nextTransferTag;
            nextTransferTag = transferTag + 1 == Bhs.TAG_NONE ? 1 : transferTag + 1;
            int length = collector.nextLength(parameters.maxBurstLength());
            responses.readyToTransfer(
                    LunField.encode(task.unit().number()),
                    task.tag(),
                    transferTag,
                    collector.nextR2tSn(),
                    collector.nextOffset(),
                    length);
            collector.asked(transferTag, length);
        }
    }

    private void execute(Task task, int length) {
        Outcome verdict = task.verdict();
        if (verdict != null) {
            answer(task, verdict);
            return;
        }
        ByteBuffer data = task.buffer();
        if (data != null) {
            data.limit(length).position(0);
        }
        if (!tasks.mayRun(task)) {
            behind.add(task);
            return;
        }
        task.move(State.WAITING, State.RUNNING);
        ScsiCommand.Lasting command = (ScsiCommand.Lasting) task.command();
        CompletableFuture<Outcome> outcome;
        try {
            outcome = switch (command) {
                case ScsiCommand.OnMedium onMedium -> medium.run(task.served(), onMedium, data);
                case ScsiCommand.WithList withList -> lists.run(task, withList, data);
            };
        } catch (RuntimeException bug) {
            outcome = CompletableFuture.failedFuture(bug);
        }
        task.running(outcome.whenComplete((how, failure) -> {
            Outcome end = failure == null
                    ? how
                    : Outcomes.ofFailure(failure, Medium.writes(command), Medium.firstBlock(command));
            tasks.end(task, () -> responses.answerElsewhere(task.tag(), end, task.expected()));
        }));
    }

    private void answer(Task task, Outcome outcome) {
        tasks.end(task, () -> responses.answer(task.tag(), outcome, task.expected()));
    }

    private void endHere(Arrival arrival) {
        if (arrival.counted()) {
            window.endHere();
        }
    }
}
