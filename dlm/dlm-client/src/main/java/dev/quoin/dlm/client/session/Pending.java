package dev.quoin.dlm.client.session;

import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;

/** An operation that has not been answered. Its fields are guarded by the session's lock; the callbacks run without it. */
abstract class Pending {

    /** Why there will be no answer. */
    enum Failure {
        SESSION_LOST,
        NO_QUORUM,
        INDETERMINATE
    }

    /** One whose answer makes a lock known. */
    interface Learns {
        /** Called within the session's lock, so that a blocking notification behind the answer finds the lock. */
        void learn(Result result);
    }

    private final Operation.Builder operation;

    /** When it was given to the session. */
    long startedNanos;

    /** 0 while it has not been sent. */
    long sequence;

    /** Whether the caller has been told how it ended; the operation may still be under way. */
    boolean settled;

    Pending(Operation.Builder operation) {
        this.operation = operation;
    }

    final Operation operation() {
        return operation.setSequence(sequence).build();
    }

    final int sizeEstimate() {
        return operation.buildPartial().getSerializedSize() + 16;
    }

    /** Whether the servers may rightly leave it unanswered for long. */
    boolean waits() {
        return false;
    }

    /** Whether it may be turned away when too many wait already; what gives something back may not. */
    boolean isRefusable() {
        return true;
    }

    /**
     * The answer has come.
     *
     * @param late whether the caller was told before that the outcome is not known
     */
    abstract void answered(Result result, boolean late);

    /** No answer will come. Called at most once, and not after {@link #answered}. */
    abstract void failed(Failure failure, String reason);
}
