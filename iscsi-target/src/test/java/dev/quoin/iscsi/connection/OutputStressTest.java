package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.connection.OutputBatch.Stamp;
import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.property.Property;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that no batch stays behind and none is torn, when many threads hand them in at once and the socket takes what it
 * likes. A lost wake-up shows as a batch that does not arrive. The property {@code stress.rounds} says how often it is tried.
 */
class OutputStressTest {

    private static final int ROUNDS = Integer.getInteger("stress.rounds", 60);
    private static final int THREADS = 4;
    private static final int BATCHES = 25;
    private static final int ALL = THREADS * BATCHES;

    /** Takes a random part of what it is given, sometimes nothing. */
    private static final class Socket implements GatheringByteChannel {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final RandomGenerator random;
        private final boolean stingy;

        Socket(RandomGenerator random, boolean stingy) {
            this.random = random;
            this.stingy = stingy;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long wanted = 0;
            for (int i = offset; i < offset + length; i++) {
                wanted += sources[i].remaining();
            }
            long room = stingy && random.nextInt(3) == 0 ? random.nextLong(wanted + 1) : wanted;
            long left = room;
            for (int i = offset; i < offset + length && left > 0; i++) {
                while (sources[i].hasRemaining() && left > 0) {
                    taken.write(sources[i].get());
                    left--;
                }
            }
            return room;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public int write(ByteBuffer source) {
            return (int) write(new ByteBuffer[] {source});
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void batchesOfManyThreads_toAWillingSocket_allArrive() {
        Property.forAll(ROUNDS, random -> round(random, false));
    }

    @Test
    void batchesOfManyThreads_toAStingySocket_allArrive() {
        Property.forAll(ROUNDS, random -> round(random, true));
    }

    @Test
    void batchThatComesBetweenTheLastLookAndTheUnlock_isSent() {
        BufferPool pool = new BufferPool(1 << 20);
        Socket socket = new Socket(Property.random(1), false);
        // The queue lets a second thread hand in a batch at the one moment when it finds the lock taken and the owner
        // has
        // already seen an empty queue.
        Output[] output = new Output[1];
        ConcurrentLinkedQueue<OutputBatch> queue = new ConcurrentLinkedQueue<>() {
            private static final long serialVersionUID = 1L;
            private int emptyLooks;

            @Override
            public OutputBatch poll() {
                OutputBatch batch = super.poll();
                // The first empty look ends the first gathering, the second ends the round of the owner.
                if (batch == null && ++emptyLooks == 2) {
                    Thread late = Thread.ofPlatform().start(() -> output[0].send(batch(pool, 1)));
                    boolean ended = false;
                    while (!ended) {
                        ended = !late.isAlive();
                        Thread.onSpinWait();
                    }
                }
                return batch;
            }
        };
        Budget budget = new Budget(1 << 20, () -> {});
        output[0] = new Output(socket, new CommandWindow(1, 128), 1, pool, budget, () -> {}, queue);
        output[0].send(batch(pool, 0));
        assertThat(arrived(socket.taken.toByteArray())).isEqualTo(2);
    }

    private static void round(RandomGenerator random, boolean stingy) throws Exception {
        BufferPool pool = new BufferPool(1 << 24);
        Semaphore woken = new Semaphore(0);
        Socket socket = new Socket(Property.random(random.nextLong()), stingy);
        Budget budget = new Budget(1 << 24, () -> {});
        Output output = new Output(socket, new CommandWindow(1, 128), 1, pool, budget, woken::release);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int first = t * BATCHES;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    start.await();
                } catch (Exception broken) {
                    throw new IllegalStateException(broken);
                }
                for (int i = 0; i < BATCHES; i++) {
                    output.send(batch(pool, first + i));
                }
            }));
        }
        // The part of the connection's thread: it sends on when it is woken.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        boolean joined = false;
        while (!joined || output.blocked()) {
            if (output.blocked()) {
                assertThat(woken.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS))
                        .as("a blocked output wakes the connection's thread")
                        .isTrue();
                output.resume();
            }
            joined = threads.stream().noneMatch(Thread::isAlive);
            assertThat(System.nanoTime()).as("the round ends").isLessThan(deadline);
            Thread.onSpinWait();
        }
        // Nobody holds the lock now and nothing will call the output again: all must have been sent.
        assertThat(arrived(socket.taken.toByteArray())).isEqualTo(ALL);
        assertThat(output.isIdle()).isTrue();
        assertThat(pool.lentBytes()).isZero();
    }

    private static OutputBatch batch(BufferPool pool, int number) {
        int length = number % 7 * 100;
        OutputBatch batch = new OutputBatch(pool.takeSmall(Bhs.LENGTH + length + 8), false, false);
        int at = batch.begin(Opcode.NOP_IN, 0x80, length, number, Stamp.STATUS);
        for (int i = 0; i < length; i++) {
            batch.buffer().put(batch.dataAt(at) + i, (byte) number);
        }
        return batch;
    }

    /** Reads the stream as an initiator does: whole PDUs, each tag once, StatSN without a gap. */
    private static int arrived(byte[] stream) {
        ByteBuffer in = ByteBuffer.wrap(stream);
        BitSet tags = new BitSet();
        int statSn = 1;
        int at = 0;
        while (at < stream.length) {
            int tag = Bhs.initiatorTaskTag(in, at);
            int length = Bhs.dataLength(in, at);
            assertThat(length).isEqualTo(tag % 7 * 100);
            assertThat(Bhs.statSn(in, at)).isEqualTo(statSn++);
            assertThat(tags.get(tag)).isFalse();
            tags.set(tag);
            for (int i = 0; i < length; i++) {
                assertThat(in.get(at + Bhs.LENGTH + i)).isEqualTo((byte) tag);
            }
            at += Bhs.LENGTH + Bhs.padded(length);
        }
        return tags.cardinality();
    }
}
