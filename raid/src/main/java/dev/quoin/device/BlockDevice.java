package dev.quoin.device;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A random-access store of fixed-size blocks with completion-based I/O.
 *
 * <p><b>Addresses.</b> Offsets and lengths are in bytes and multiples of {@link Geometry#blockSize()}. A request that is not,
 * or that ends past {@link Geometry#size()}, fails with {@link DeviceException.Code#OUT_OF_RANGE} and moves no byte.
 *
 * <p><b>Buffers.</b> A request covers exactly the buffer's remaining bytes. From the call until the completion the device owns
 * the buffer's content, position and limit; on success the position equals the limit. Direct and heap buffers both work;
 * direct ones save a copy.
 *
 * <p><b>Order.</b> Requests in flight at once may be done in any order, also when they overlap. Who needs an order waits for
 * the completion.
 *
 * <p><b>Durability.</b> A completed write is visible to every later read. It survives a power cut only if it was written with
 * {@link WriteMode#FUA} or if a {@link #flush()} that began after its completion has completed. A block in flight at a power
 * cut holds its old content, its new content, or on devices without checksums a mix of their sectors.
 *
 * <p><b>Failure.</b> A future fails with a {@link DeviceException} and nothing else. The content of a block whose write failed
 * is old or new. After {@link #close()} every request fails with {@link DeviceException.Code#GONE}.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. The completion-based ones do not block for long and run
 * completions on the device's own threads, which must not be blocked by what is chained to them.
 *
 * @since 0.1
 */
public interface BlockDevice extends AutoCloseable {

    /** A name for messages, such as {@code file:/srv/member0} or {@code array main}. Never null, never empty. */
    String name();

    /**
     * Says that what was written in this range is to be flushed soon, so that a device which writes later can begin now. A hint: it promises
     * nothing, does not fail and hardly waits.
     */
    default void flushSoon(long offset, long length) {}

    /**
     * What is printed on the disk that this is, by which a person finds it: its serial number, or its world-wide name. Constant while
     * the device is open, and still given when the disk failed or is gone, so it is never asked of the disk again. Empty if it has none, if
     * nobody knows it, and for what is no disk. Not blocking.
     */
    default Optional<String> serialNumber() {
        return Optional.empty();
    }

    /**
     * The size and the block sizes. Constant while the device is open, but for the size, which may grow; then listeners are told
     * {@link DeviceEvent#RESIZED}.
     */
    Geometry geometry();

    /**
     * Looks whether the device has become larger, for devices that nobody tells: {@link #geometry()} knows it when this returns, and
     * listeners were told. Blocking.
     */
    default void refreshSize() throws DeviceException {}

    /**
     * Reads the blocks at {@code offset} into the remaining bytes of {@code target}.
     *
     * @param offset in bytes, a multiple of the block size
     */
    CompletableFuture<Void> read(long offset, ByteBuffer target);

    /**
     * Writes the remaining bytes of {@code source} at {@code offset}.
     *
     * @param offset in bytes, a multiple of the block size
     * @param mode whether completion means durable
     */
    CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode);

    /** Makes every write that completed before this call durable. */
    CompletableFuture<Void> flush();

    /**
     * Makes the range read as zeroes, as {@code mode} says durable or not. Frees space below where the device can.
     *
     * @param offset in bytes, a multiple of the block size
     * @param length in bytes, a multiple of the block size
     */
    CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode);

    /**
     * Tells that the content of the range is no longer needed. What it reads as afterwards is zeroes where
     * {@link Geometry#discardZeroes()} says so and otherwise old content or zeroes. A hint: a device may do nothing.
     *
     * @param offset in bytes, a multiple of the block size
     * @param length in bytes, a multiple of the block size
     */
    CompletableFuture<Void> discard(long offset, long length);

    /**
     * Reads at once if that needs no waiting for a disk or a network, on the calling thread.
     *
     * @return true if all remaining bytes of {@code target} were read; false if the caller must use {@link #read}, in which
     *     case the position of {@code target} is as it was and its content undefined
     */
    default boolean tryReadNow(long offset, ByteBuffer target) {
        return false;
    }

    /**
     * Writes at once, not durably, if that needs no waiting for a disk or a network, on the calling thread.
     *
     * @return true if all remaining bytes of {@code source} were written; false if nothing was and the caller must use
     *     {@link #write}
     */
    default boolean tryWriteNow(long offset, ByteBuffer source) {
        return false;
    }

    /** Which writes {@link #writeAtomic} can do. Constant while the device is open. */
    default AtomicWrites atomicWrites() {
        return AtomicWrites.NONE;
    }

    /**
     * Writes as {@link #write} does, wholly or not at all: no read sees a part of it, and none is left by a failure, a power cut or
     * the end of the process. Whether all of it survives these is decided by {@code mode}.
     *
     * <p>Fails with {@link DeviceException.Code#UNSUPPORTED}, and nothing is written, if it is not one of {@link #atomicWrites()}.
     */
    default CompletableFuture<Void> writeAtomic(long offset, ByteBuffer source, WriteMode mode) {
        return CompletableFuture.failedFuture(new DeviceException(
                DeviceException.Code.UNSUPPORTED, name(), "an atomic write found, which this device does not do"));
    }

    /** Which requests leave no older content behind anywhere, readable or not; none by default. */
    default Set<Erasure> erasures() {
        return Set.of();
    }

    /** What is known of the space that the device takes as it is written; null if nothing is. */
    default @Nullable Provisioning provisioning() {
        return null;
    }

    /** Has a listener told of what happens to the device; a device to which nothing ever happens may forget it. */
    default void watch(DeviceListener listener) {}

    /** Undoes {@link #watch}. */
    default void unwatch(DeviceListener listener) {}

    /** Waits for the requests in flight and releases what the device holds. Does not flush. Idempotent. */
    @Override
    void close();
}
