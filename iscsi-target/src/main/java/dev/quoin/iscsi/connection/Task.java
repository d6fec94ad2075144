package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A SCSI command that could not be answered at once.
 *
 * <pre>
 *   WAITING ──► RUNNING ──► DONE        waiting for data or for buffers; in the device; answered
 *      └───────────┴──────► ABORTED     no answer; a running one still ends in the device
 * </pre>
 *
 * <p>The session's thread owns a waiting task. A running one belongs to whoever completes it; the state decides between its
 * answer and an abort.
 */
final class Task {

    /** In which order a command runs with the others of its session to the same unit (SAM-5 8.6). */
    enum Order {
        /** In any order, but not past an ordered one. */
        SIMPLE,
        /** After all that came before, and before all that came after. */
        ORDERED,
        /** At once. */
        HEAD_OF_QUEUE;

        /** By the attribute of a command (RFC 7143 11.3.1.2); what is none counts as simple. */
        static Order of(int attribute) {
            return switch (attribute) {
                case 2 -> ORDERED;
                case 3 -> HEAD_OF_QUEUE;
                default -> SIMPLE;
            };
        }
    }

    /** See the type. */
    enum State {
        WAITING,
        RUNNING,
        DONE,
        ABORTED
    }

    private final int tag;
    private final ServedUnit served;
    private final ScsiCommand command;
    private final Expected expected;
    private final boolean counted;
    private final Order order;
    private final Allegiance allegiance;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    // Session's thread only, until the task runs.
    private @Nullable Collector collector;
    private @Nullable ByteBuffer buffer;
    private long held;
    private @Nullable Outcome verdict;
    private long arrived;
    private CompletableFuture<?> running = CompletableFuture.completedFuture(null);

    private @Nullable Supplier<CompletableFuture<Void>> onAbort;

    private volatile @Nullable CompletableFuture<Void> leave;

    /**
     * A waiting task.
     *
     * @param tag the initiator task tag
     * @param counted whether the command takes a place in the window: not an immediate one
     * @param allegiance the connection that it came by
     */
    Task(
            int tag,
            ServedUnit served,
            ScsiCommand command,
            Expected expected,
            boolean counted,
            Order order,
            Allegiance allegiance) {
        this.order = order;
        this.allegiance = allegiance;
        this.tag = tag;
        this.served = served;
        this.command = command;
        this.expected = expected;
        this.counted = counted;
    }

    int tag() {
        return tag;
    }

    ServedUnit served() {
        return served;
    }

    LogicalUnit unit() {
        return served.unit();
    }

    ScsiCommand command() {
        return command;
    }

    Expected expected() {
        return expected;
    }

    boolean counted() {
        return counted;
    }

    Order order() {
        return order;
    }

    /** The connection that it belongs to. */
    Allegiance allegiance() {
        return allegiance;
    }

    /** Its place in the order in which commands came. */
    long arrived() {
        return arrived;
    }

    void arrived(long number) {
        arrived = number;
    }

    /** Moves on; false if the task is not in the state {@code from}. */
    boolean move(State from, State to) {
        return state.compareAndSet(from, to);
    }

    State state() {
        return state.get();
    }

    /** What gathers the data of the command; null for one without. */
    @Nullable Collector collector() {
        return collector;
    }

    void collect(Collector newCollector) {
        collector = newCollector;
    }

    /** The buffer of the pool that the task holds. */
    @Nullable ByteBuffer buffer() {
        return buffer;
    }

    /** Takes over a buffer of the pool, or lets go of it with null. */
    void buffer(@Nullable ByteBuffer newBuffer) {
        buffer = newBuffer;
    }

    /** The bytes of the connection's budget that the task holds. */
    long held() {
        return held;
    }

    void held(long bytes) {
        held = bytes;
    }

    /** How the command ends when the data that its initiator sends anyway has come; null if the data is wanted. */
    @Nullable Outcome verdict() {
        return verdict;
    }

    void verdict(Outcome newVerdict) {
        verdict = newVerdict;
    }

    /** Whether what the task has begun is the unit's and goes on without it: aborting the task neither ends nor awaits that (SBC-4 4.11.3). */
    boolean isOutlived() {
        return command instanceof ScsiCommand.Sanitize;
    }

    /** Completes when the device has done with the task. */
    CompletableFuture<?> running() {
        return running;
    }

    void running(CompletableFuture<?> newRunning) {
        running = newRunning;
    }

    /** What gives the task up before it has ended, for one that can be. Session's thread only. */
    void onAbort(Supplier<CompletableFuture<Void>> giveUp) {
        onAbort = giveUp;
    }

    /** Completes when an aborted task changes nothing any more. Session's thread only. */
    CompletableFuture<?> givenUp() {
        return onAbort == null ? running : onAbort.get();
    }

    /** Completes with the next {@link #left()}. Session's thread only. */
    CompletableFuture<Void> whenLeft() {
        CompletableFuture<Void> wanted = leave;
        if (wanted == null) {
            wanted = new CompletableFuture<>();
            leave = wanted;
        }
        return wanted;
    }

    /** Its answer is handed to the output. */
    void left() {
        CompletableFuture<Void> wanted = leave;
        if (wanted != null) {
            wanted.complete(null);
        }
    }
}
