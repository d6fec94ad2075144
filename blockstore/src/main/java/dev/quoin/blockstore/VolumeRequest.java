package dev.quoin.blockstore;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A request to a volume, which ends when its last piece has. If several pieces fail, the first failure counts.
 *
 * <p>It does not succeed if the pool was lost meanwhile: the pieces may have been done after another owner had started.
 */
final class VolumeRequest implements PieceEnd {

    private final String device;
    private final @Nullable Gate gate;
    private final @Nullable Ownership ownership;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Pieces under way, plus one until all have been started. */
    private final AtomicInteger pieces = new AtomicInteger(1);

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private @Nullable ByteBuffer moved;

    /** A request that has passed {@code gate} and leaves it at its end. */
    VolumeRequest(String device, Gate gate, Ownership ownership) {
        this.device = device;
        this.gate = gate;
        this.ownership = ownership;
    }

    private VolumeRequest(DeviceException refusal) {
        this.device = refusal.device();
        this.gate = null;
        this.ownership = null;
        done.completeExceptionally(refusal);
    }

    /** A request that was refused. */
    static VolumeRequest failed(DeviceException refusal) {
        return new VolumeRequest(refusal);
    }

    boolean isStarted() {
        return gate != null;
    }

    CompletableFuture<Void> done() {
        return done;
    }

    /** Has the position of {@code buffer} set to its limit at a good end. Before the first piece. */
    void movesAtEnd(ByteBuffer buffer) {
        moved = buffer;
    }

    /** A piece is about to start. */
    void pieceBegins() {
        pieces.incrementAndGet();
    }

    /** A piece is {@code io}. */
    void pieceFollows(CompletableFuture<Void> io) {
        pieceBegins();
        io.whenComplete((ok, why) -> pieceEnded(why));
    }

    /** No more pieces follow. */
    void allStarted() {
        pieceEnded(null);
    }

    /** The request will fail with {@code why}, if it has no other reason already. */
    void failed(Throwable why) {
        failure.compareAndSet(null, Failures.unwrap(why));
    }

    @Override
    public void pieceEnded(@Nullable Throwable why) {
        if (why != null) {
            failed(why);
        }
        if (pieces.decrementAndGet() == 0) {
            end();
        }
    }

    private void end() {
        if (gate == null || ownership == null) {
            throw new IllegalStateException(device + ": a refused request has ended again");
        }
        Throwable why = failure.get();
        if (why == null && !ownership.isHeld()) {
            why = ownership.asDeviceException(device);
        }
        try {
            if (why != null) {
                done.completeExceptionally(why);
            } else {
                if (moved != null) {
                    moved.position(moved.limit());
                }
                done.complete(null);
            }
        } finally {
            gate.exit();
        }
    }
}
