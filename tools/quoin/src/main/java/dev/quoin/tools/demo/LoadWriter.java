package dev.quoin.tools.demo;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Writes to random places of a range until it is stopped, and knows what each place must hold: what was written there last and
 * acknowledged, or if the writing ended in between, the one before it.
 *
 * <p>A thread of its own writes; the others methods may be called from any thread, {@link #verify} after {@link #stop}.
 */
final class LoadWriter {

    private static final int BLOCK = 64 * 1024;

    private final BlockDevice device;
    private final long offset;
    private final long[] acknowledged;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile long writes;
    private volatile @Nullable DeviceException failure;

    private LoadWriter(BlockDevice device, long offset, int blocks, long seed) {
        this.device = device;
        this.offset = offset;
        this.acknowledged = new long[blocks];
        this.thread = Thread.ofPlatform().name("demo-load-1").daemon().unstarted(() -> run(new Random(seed)));
    }

    /**
     * Starts to write.
     *
     * @param offset where the range begins, in bytes
     * @param length of the range, in bytes; a multiple of 64 KiB that was never written
     */
    static LoadWriter start(BlockDevice device, long offset, long length, long seed) {
        var writer = new LoadWriter(device, offset, Math.toIntExact(length / BLOCK), seed);
        writer.thread.start();
        return writer;
    }

    private void run(Random random) {
        ByteBuffer content = ByteBuffer.allocateDirect(BLOCK);
        long version = 0;
        try {
            while (!stopping) {
                int block = random.nextInt(acknowledged.length);
                fill(content, block, ++version);
                BlockIo.write(device, offset + (long) block * BLOCK, content, WriteMode.CACHED);
                acknowledged[block] = version;
                writes = version;
            }
            BlockIo.flush(device);
        } catch (DeviceException failed) {
            failure = failed;
        }
    }

    /** How many writes were acknowledged. */
    long writes() {
        return writes;
    }

    /** Waits until it has written {@code more} blocks more, as a proof that the disk still takes writes. */
    void awaitProgress(int more, Duration limit) throws CheckFailure, IOException, InterruptedException {
        long goal = writes + more;
        long deadline = System.nanoTime() + limit.toNanos();
        while (writes < goal) {
            if (!thread.isAlive()) {
                stop();
                throw new CheckFailure("the writer ended by itself");
            }
            if (System.nanoTime() - deadline > 0) {
                throw new CheckFailure("only " + (more - (goal - writes)) + " of " + more + " writes done in " + limit);
            }
            thread.join(Duration.ofMillis(10));
        }
    }

    /** Ends the writing, with a flush. */
    void stop() throws IOException, InterruptedException {
        stopping = true;
        thread.join();
        DeviceException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    /** Reads the whole range through {@code reader} and compares it with what was written last. */
    void verify(BlockDevice reader) throws IOException, CheckFailure {
        ByteBuffer expected = ByteBuffer.allocate(BLOCK);
        ByteBuffer found = ByteBuffer.allocateDirect(BLOCK);
        for (int block = 0; block < acknowledged.length; block++) {
            fill(expected, block, acknowledged[block]);
            BlockIo.read(reader, offset + (long) block * BLOCK, found.clear());
            if (!expected.equals(found.flip())) {
                throw new CheckFailure(reader.name() + ": bytes from " + (offset + (long) block * BLOCK)
                        + " on differ from what was written last");
            }
        }
    }

    /** The content of a block is its version, told apart from every other; version 0 is a block never written. */
    private static void fill(ByteBuffer content, int block, long version) {
        content.clear();
        while (content.remaining() >= 2 * Long.BYTES) {
            content.putLong(version);
            content.putLong(version == 0 ? 0 : block * 0x9E37_79B9_7F4A_7C15L + content.position());
        }
        content.flip();
    }
}
