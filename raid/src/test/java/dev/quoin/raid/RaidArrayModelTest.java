package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Proves that an array gives back what was written, whatever happens to one member at a time, against a byte array. */
class RaidArrayModelTest {

    /** An array that was left behind must not wake up again. */
    private static final Delay NEVER = (millis, task) -> {};

    private static final int[] CHUNKS = {4096, 8192, 16384, 65536, 524288};

    @Test
    void randomOperations_againstAByteArray_giveTheSameBytes() {
        Property.forAll(60, random -> new Run(random).run());
    }

    /** One array, its model and its operations. */
    private static final class Run {

        private final RandomGenerator random;
        private final List<BlockDevice> members = new ArrayList<>();
        private final byte[] model;
        private RaidArray array;
        private int missing = -1;
        private int devices;

        Run(RandomGenerator random) throws Exception {
            this.random = random;
            int chunk = CHUNKS[random.nextInt(CHUNKS.length)];
            int count = 3 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                members.add(device(chunk, random.nextInt(64)));
            }
            array = RaidArray.create(new ArraySpec("model", Level.RAID5, chunk), members, NEVER, Sabotage.NONE);
            model = new byte[(int) array.geometry().size()];
        }

        private BlockDevice device(int chunk, int moreBlocks) {
            long size = Math.max(1 << 20, 20L * chunk) + moreBlocks * 4096L;
            return new MemoryDevice("member" + devices++, 4096, size);
        }

        void run() throws Exception {
            for (int i = 0; i < 150; i++) {
                step();
            }
            mend();
            verifyAll();
            assertThat(array.scrub(Progress.NONE).join().isClean()).isTrue();
            array.close();
            assertThat(ArrayChecker.check(members)).isEmpty();
        }

        private void step() throws Exception {
            switch (random.nextInt(24)) {
                case 0 -> BlockIo.flush(array);
                case 1 -> failOne();
                case 2 -> mend();
                case 3 -> restart(true);
                case 4 -> restart(false);
                case 5 -> zero();
                case 6 -> discard();
                case 7, 8 -> writeMany();
                case 9, 10, 11, 12 -> verifySome();
                case 13 ->
                    assertThat(array.scrub(Progress.NONE).join().isClean()).isTrue();
                default -> write();
            }
        }

        private void write() throws Exception {
            int[] range = range();
            byte[] bytes = bytes(range[1]);
            System.arraycopy(bytes, 0, model, range[0], bytes.length);
            BlockIo.write(array, range[0], ByteBuffer.wrap(bytes), mode());
        }

        /** Many writes at once that do not overlap, so that their order does not matter. */
        private void writeMany() {
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            int blocks = model.length / 4096;
            int at = random.nextInt(blocks);
            while (at < blocks && writes.size() < 40) {
                int count = Math.min(1 + random.nextInt(8), blocks - at);
                byte[] bytes = bytes(count * 4096);
                System.arraycopy(bytes, 0, model, at * 4096, bytes.length);
                writes.add(array.write(at * 4096L, ByteBuffer.wrap(bytes), mode()));
                at += count + random.nextInt(3);
            }
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        }

        private void zero() throws Exception {
            int[] range = range();
            Arrays.fill(model, range[0], range[0] + range[1], (byte) 0);
            BlockIo.writeZeroes(array, range[0], range[1], mode());
        }

        private void discard() throws Exception {
            int[] range = range();
            int stripe = array.geometry().optimalTransfer();
            int from = (range[0] + stripe - 1) / stripe * stripe;
            int end = (range[0] + range[1]) / stripe * stripe;
            if (from < end) {
                Arrays.fill(model, from, end, (byte) 0);
            }
            BlockIo.discard(array, range[0], range[1]);
        }

        private void failOne() throws Exception {
            if (missing < 0) {
                missing = random.nextInt(members.size());
                array.fail(missing);
            }
        }

        private void mend() throws Exception {
            if (missing >= 0) {
                BlockDevice blank = device(array.status().chunkBytes(), 64);
                array.replace(missing, blank);
                members.set(missing, blank);
                if (random.nextInt(4) == 0) {
                    write();
                    restart(random.nextBoolean());
                    write();
                }
                CompletableFuture<RebuildReport> rebuild = array.rebuild(Progress.NONE);
                write();
                verifySome();
                rebuild.join();
                missing = -1;
            }
        }

        /** Without close it is what the end of the process leaves behind: the devices keep all they acknowledged. */
        private void restart(boolean orderly) throws Exception {
            if (orderly) {
                array.close();
            }
            List<BlockDevice> shuffled = new ArrayList<>(members);
            java.util.Collections.shuffle(shuffled, new java.util.Random(random.nextLong()));
            array = RaidArray.assemble(shuffled, NEVER, Sabotage.NONE);
        }

        private void verifySome() throws Exception {
            int[] range = range();
            ByteBuffer now = ByteBuffer.allocate(range[1]);
            byte[] expected = Arrays.copyOfRange(model, range[0], range[0] + range[1]);
            if (array.tryReadNow(range[0], now)) {
                assertThat(now.array()).isEqualTo(expected);
            }
            assertThat(BlockIo.read(array, range[0], range[1]).array()).isEqualTo(expected);
        }

        private void verifyAll() throws Exception {
            assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        }

        private int[] range() {
            int blocks = model.length / 4096;
            int from = random.nextInt(blocks);
            int most = random.nextInt(5) == 0 ? blocks : 12;
            int count = 1 + random.nextInt(Math.min(most, blocks - from));
            return new int[] {from * 4096, count * 4096};
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private WriteMode mode() {
            return random.nextBoolean() ? WriteMode.CACHED : WriteMode.FUA;
        }
    }
}
