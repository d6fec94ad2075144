package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.Provisioning.Run;
import dev.quoin.device.Provisioning.State;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves the device contract for {@link MemoryDevice}, and what it knows of its space. */
class MemoryDeviceTest extends BlockDeviceContract {

    private static final int PAGE = MemoryDevice.PAGE;

    @Override
    protected BlockDevice open() {
        return new MemoryDevice("memory", 4096, 300_000L / 4096 * 4096);
    }

    @Test
    void space_isTakenByWrites_andGivenBackByWholePages() throws Exception {
        try (MemoryDevice thin = MemoryDevice.thin("thin", 512, 8L * PAGE, 4L * PAGE, PAGE)) {
            assertThat(thin.provisioning().run(0, 8L * PAGE)).isEqualTo(new Run(State.DEALLOCATED, 8L * PAGE));
            write(thin, PAGE + 512);
            assertThat(thin.provisioning().run(0, 8L * PAGE)).isEqualTo(new Run(State.DEALLOCATED, PAGE));
            assertThat(thin.provisioning().run(PAGE, 7L * PAGE)).isEqualTo(new Run(State.MAPPED, PAGE));
            assertThat(thin.provisioning().run(PAGE + 1024, 512)).isEqualTo(new Run(State.MAPPED, 512));
            assertThat(thin.provisioning().space()).contains(new Space(PAGE, 3L * PAGE, PAGE));
            BlockIo.discard(thin, PAGE + 512, PAGE - 512);
            assertThat(thin.provisioning().run(PAGE, PAGE)).isEqualTo(new Run(State.MAPPED, PAGE));
            BlockIo.writeZeroes(thin, PAGE, PAGE, WriteMode.FUA);
            assertThat(thin.provisioning().run(0, 8L * PAGE)).isEqualTo(new Run(State.DEALLOCATED, 8L * PAGE));
            assertThat(thin.provisioning().space()).contains(new Space(0, 4L * PAGE, PAGE));
        }
    }

    @Test
    void fullDevice_refusesWhatNeedsSpace_andTellsOnceForEachCrossing() throws Exception {
        try (MemoryDevice thin = MemoryDevice.thin("thin", 512, 8L * PAGE, 4L * PAGE, PAGE)) {
            List<DeviceEvent> told = new ArrayList<>();
            thin.watch(told::add);
            write(thin, 0);
            write(thin, PAGE);
            assertThat(told).isEmpty();
            write(thin, 2L * PAGE);
            assertThat(told).containsExactly(DeviceEvent.SPACE_LOW);
            write(thin, 3L * PAGE);
            ByteBuffer source = ByteBuffer.allocate(512);
            assertRefused(thin.write(4L * PAGE, source, WriteMode.CACHED), DeviceException.Code.NO_SPACE);
            assertThat(source.position()).isZero();
            write(thin, 3L * PAGE + 512);
            BlockIo.discard(thin, 2L * PAGE, PAGE);
            write(thin, 4L * PAGE);
            assertThat(told).as("it stayed low meanwhile").hasSize(1);
            BlockIo.discard(thin, 0, 4L * PAGE);
            write(thin, 0);
            write(thin, PAGE);
            assertThat(told).containsExactly(DeviceEvent.SPACE_LOW, DeviceEvent.SPACE_LOW);
        }
    }

    @Test
    void device_thatGrows_keepsItsContent_andTells() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", 512, 1024)) {
            List<Long> told = new ArrayList<>();
            memory.watch(event -> told.add(memory.geometry().size()));
            write(memory, 512);
            memory.grow(3L * PAGE);
            assertThat(told).containsExactly(3L * PAGE);
            assertThat(BlockIo.read(memory, 512, 512).get(0)).isEqualTo((byte) 1);
            assertThat(BlockIo.read(memory, 1024, 512).array()).containsOnly(0);
            write(memory, 3L * PAGE - 512);
            assertThatThrownBy(() -> memory.grow(3L * PAGE)).hasMessageContaining("more than");
        }
    }

    private static void write(MemoryDevice device, long offset) throws DeviceException {
        byte[] ones = new byte[512];
        ones[0] = 1;
        BlockIo.write(device, offset, ByteBuffer.wrap(ones), WriteMode.CACHED);
    }
}
