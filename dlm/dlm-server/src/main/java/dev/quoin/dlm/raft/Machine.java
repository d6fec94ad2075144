package dev.quoin.dlm.raft;

import dev.quoin.dlm.proto.LogBatch;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the log drives. The methods that {@code load}, {@code apply} and {@code snapshot} are called by one thread at a time, in
 * the order of the log.
 */
public interface Machine {

    /** Brings back the state of the last snapshot and says as of where it is, null if there is none. */
    @Nullable LogPosition load() throws IOException;

    /**
     * Applies an entry. An exception means that this replica can no longer be trusted; it stops for good.
     *
     * @param bytes what it takes in the log
     * @param submission what was given to {@link RaftNode#append} if this very peer appended the entry, else null
     */
    void apply(LogPosition at, int bytes, LogBatch batch, @Nullable Object submission);

    /** Begins to make the state as of now durable, unless that is under way. */
    void snapshot(LogPosition at);

    /** Where the last durable snapshot is, null if there is none. Any thread. */
    @Nullable LogPosition lastSnapshot();

    /**
     * Fetches a snapshot from another peer, as of {@code indexMin} or later, and makes it durable; {@link #load} follows.
     * Any thread; does not block.
     *
     * @param clientAddress of the other peer
     */
    CompletableFuture<LogPosition> fetchSnapshot(String clientAddress, long indexMin);

    /** This peer leads from now on and has applied all that was committed before. */
    void leading();

    /** This peer does not lead any more. */
    void notLeading();

    /** The log has stopped for good. */
    void failed(Throwable why);
}
