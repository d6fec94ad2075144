package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.proto.Mode;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Queue;
import dev.quoin.dlm.proto.Release;
import dev.quoin.dlm.proto.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The plain kinds of operations, and the translation between messages and the interface's types. */
final class Replies {

    private static final LockMode[] MODES = LockMode.values();

    private Replies() {}

    /** An operation whose answer is a list of results, one for most, several for long lists. */
    static class Listing extends Pending {
        final CompletableFuture<List<Result>> answer = new CompletableFuture<>();
        private final List<Result> parts = new ArrayList<>();

        Listing(Operation.Builder operation) {
            super(operation);
        }

        void part(Result part) {
            parts.add(part);
        }

        void restart() {
            parts.clear();
        }

        @Override
        void answered(Result last, boolean late) {
            answer.complete(List.copyOf(parts));
        }

        @Override
        void failed(Failure failure, String reason) {
            answer.completeExceptionally(failure(failure, reason));
        }
    }

    /** The end of the session, which any answer confirms. */
    static final class Last extends Pending {
        private final CompletableFuture<Void> ended;

        Last(Operation.Builder operation, CompletableFuture<Void> ended) {
            super(operation);
            this.ended = ended;
        }

        @Override
        void answered(Result result, boolean late) {
            ended.complete(null);
        }

        @Override
        void failed(Failure failure, String reason) {
            ended.complete(null);
        }

        @Override
        boolean isRefusable() {
            return false;
        }
    }

    /** An operation that must be got through and has no answer of interest, or just its end. */
    static final class Forward extends Pending {
        private final CompletableFuture<Void> done;

        Forward(Operation.Builder operation, CompletableFuture<Void> done) {
            super(operation);
            this.done = done;
        }

        @Override
        void answered(Result result, boolean late) {
            if (result.hasDone()) {
                done.complete(null);
            } else {
                done.completeExceptionally(unexpected(result));
            }
        }

        @Override
        void failed(Failure failure, String reason) {
            done.completeExceptionally(failure(failure, reason));
        }

        @Override
        boolean isRefusable() {
            return false;
        }
    }

    /** Lets the servers forget a lock, whatever became of it. */
    static Forward release(long lock) {
        return new Forward(
                Operation.newBuilder().setRelease(Release.newBuilder().setLock(lock)), new CompletableFuture<>());
    }

    /** Does an operation and waits for its answer. */
    static List<Result> ask(ClientSession session, Operation.Builder operation) throws DlmException {
        Listing listing = new Listing(operation);
        session.start(listing);
        return await(listing.answer);
    }

    /** Does an operation that has no more to say than that it is done. */
    static void askDone(ClientSession session, Operation.Builder operation) throws DlmException {
        Result result = ask(session, operation).getFirst();
        if (!result.hasDone()) {
            throw unexpected(result);
        }
    }

    static <T> T await(CompletableFuture<T> future) throws DlmException {
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DlmException(
                    Code.NO_QUORUM, "interrupted; the request may or may not be carried out", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof DlmException cause) {
                throw cause;
            }
            throw new IllegalStateException(failed);
        }
    }

    /** Waits for the end of something whose outcome does not matter, for a limited time. */
    static void awaitQuietly(CompletableFuture<?> future, Duration limit) {
        try {
            future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException unimportant) {
            // The lease does what the answer would have confirmed.
        }
    }

    /** Where a failed request becomes a checked exception. */
    static DlmException failure(Pending.Failure failure, String reason) {
        return switch (failure) {
            case SESSION_LOST -> new DlmException(Code.SESSION_LOST, "the session is lost: " + reason);
            case NO_QUORUM -> new DlmException(Code.NO_QUORUM, reason);
            case INDETERMINATE ->
                new DlmException(Code.NO_QUORUM, reason + "; the request may or may not have been carried out");
        };
    }

    static DlmException unexpected(Result result) {
        if (result.hasRefused()) {
            return new DlmException(
                    Code.of(result.getRefused().getCode()), result.getRefused().getReason());
        }
        return new DlmException(
                Code.INVALID_REQUEST, "an answer of kind " + result.getKindCase() + " not expected here");
    }

    static Mode mode(LockMode mode) {
        return Mode.forNumber(mode.ordinal());
    }

    static LockMode mode(Mode mode) {
        return MODES[mode.getNumber()];
    }

    static Queue queue(LockRequest.Queue queue) {
        return Queue.forNumber(queue.ordinal());
    }

    static ValueBlock value(dev.quoin.dlm.proto.ValueBlock value) {
        ValueBlock bytes = ValueBlock.of(value.getBytes().toByteArray());
        return value.getInvalid() ? bytes.invalidated() : bytes;
    }

    static dev.quoin.dlm.proto.ValueBlock value(ValueBlock value) {
        return dev.quoin.dlm.proto.ValueBlock.newBuilder()
                .setBytes(com.google.protobuf.ByteString.copyFrom(value.bytes()))
                .build();
    }
}
