package dev.quoin.device;

import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Blocking device calls, meant for virtual threads and for start-up and administration code.
 *
 * <p>Each call waits for its completion without a limit of its own: a device that may hang bounds its requests itself.
 */
public final class BlockIo {

    private BlockIo() {}

    /** Reads and waits; see {@link BlockDevice#read}. */
    public static void read(BlockDevice device, long offset, ByteBuffer target) throws DeviceException {
        await(device, device.read(offset, target));
    }

    /** Reads {@code length} bytes into a new heap buffer, ready to be read from. */
    public static ByteBuffer read(BlockDevice device, long offset, int length) throws DeviceException {
        ByteBuffer target = ByteBuffer.allocate(length);
        read(device, offset, target);
        return target.flip();
    }

    /** Writes and waits; see {@link BlockDevice#write}. */
    public static void write(BlockDevice device, long offset, ByteBuffer source, WriteMode mode)
            throws DeviceException {
        await(device, device.write(offset, source, mode));
    }

    /** Writes zeroes and waits; see {@link BlockDevice#writeZeroes}. */
    public static void writeZeroes(BlockDevice device, long offset, long length, WriteMode mode)
            throws DeviceException {
        await(device, device.writeZeroes(offset, length, mode));
    }

    /** Discards and waits; see {@link BlockDevice#discard}. */
    public static void discard(BlockDevice device, long offset, long length) throws DeviceException {
        await(device, device.discard(offset, length));
    }

    /** Flushes and waits; see {@link BlockDevice#flush}. */
    public static void flush(BlockDevice device) throws DeviceException {
        await(device, device.flush());
    }

    /**
     * Waits for a device request.
     *
     * @throws DeviceException what it failed with
     */
    public static void await(BlockDevice device, CompletableFuture<?> request) throws DeviceException {
        try {
            request.join();
        } catch (CompletionException failure) {
            throw asDeviceException(device, failure);
        } catch (CancellationException cancelled) {
            throw new DeviceException(DeviceException.Code.GONE, device.name(), "the request was cancelled", cancelled);
        }
    }

    /** The device exception inside what a future failed with; a bug in the device shows as an {@link IllegalStateException}. */
    public static DeviceException asDeviceException(BlockDevice device, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof DeviceException known) {
            // A new exception with the caller's stack: the other was made on a device thread and may be shared.
            return new DeviceException(known.code(), known.device(), bare(known), known);
        }
        throw new IllegalStateException(device.name() + ": failed with something else than a DeviceException", cause);
    }

    private static String bare(DeviceException known) {
        String message = String.valueOf(known.getMessage());
        String prefix = known.device() + ": ";
        return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    }
}
