package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves that a rebuild goes on where it was when the end of the process left out the member that is rebuilt from a write. */
@Timeout(60)
class RebuildMissedWriteTest {

    private static final Delay NEVER = (millis, task) -> {};
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16 * 1024;
    private static final int SIZE = 4 << 20;

    /** A device to which nothing gets any more once it is closed off. */
    private static final class ClosedOff extends ForwardingDevice {
        private volatile boolean closedOff;

        ClosedOff(BlockDevice target) {
            super(target);
        }

        @Override
        public boolean tryWriteNow(long offset, ByteBuffer source) {
            return !closedOff && super.tryWriteNow(offset, source);
        }

        @Override
        public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
            return closedOff ? new CompletableFuture<>() : super.write(offset, source, mode);
        }
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID1, 3", "RAID5, 3", "RAID6, 4", "RAID6, 5", "RAID10, 4"})
    void writeBelowTheMark_isMadeFromTheOthers(Level level, int members) throws Exception {
        List<MemoryDevice> media = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            media.add(new MemoryDevice("member" + i, 512, SIZE));
        }
        MemoryDevice blank = new MemoryDevice("blank", 512, SIZE);
        ClosedOff closedOff = new ClosedOff(blank);
        RaidArray killed =
                RaidArray.create(new ArraySpec("main", level, CHUNK), List.copyOf(media), NEVER, Sabotage.NONE);
        byte[] model = new byte[(int) killed.geometry().size()];
        Property.random(1).nextBytes(model);
        BlockIo.write(killed, 0, ByteBuffer.wrap(model), WriteMode.FUA);
        killed.fail(0);
        killed.replace(0, closedOff);
        CountDownLatch half = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        killed.rebuild((done, total) -> {
            if (done >= total / 2) {
                closedOff.closedOff = true;
                half.countDown();
                try {
                    never.await();
                } catch (InterruptedException over) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        assertThat(half.await(30, TimeUnit.SECONDS)).isTrue();
        long recorded = killed.core().members.get(0).rebuilt.recordedBands();
        assertThat(recorded).isPositive();
        // One band, so one batch.
        byte[] bytes = new byte[2 * BLOCK];
        Property.random(2).nextBytes(bytes);
        assertThat(killed.write(BLOCK, ByteBuffer.wrap(bytes), WriteMode.CACHED))
                .isNotDone();

        media.set(0, blank);
        RaidArray array = RaidArray.assemble(List.copyOf(media), NEVER, Sabotage.NONE);
        assertThat(array.core().members.get(0).rebuilt.recordedBands()).isEqualTo(recorded);
        System.arraycopy(bytes, 0, model, BLOCK, bytes.length);
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        array.rebuild(Progress.NONE).join();
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        assertThat(array.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        array.close();
        assertThat(ArrayChecker.check(media)).isEmpty();
        never.countDown();
    }
}
