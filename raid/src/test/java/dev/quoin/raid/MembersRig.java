package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An array full of known content. */
final class MembersRig {

    private static final Delay NEVER = (millis, task) -> {};
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16384;
    private static final int SIZE = 4 << 20;

    private final PowerSupply power = new PowerSupply(1);
    final List<FaultyDevice> devices = new ArrayList<>();
    final List<ArrayEvent> events = new CopyOnWriteArrayList<>();
    final byte[] model;
    RaidArray array;

    MembersRig(Level level, int members) throws Exception {
        this(level, members, SIZE);
    }

    MembersRig(Level level, int members, int size) throws Exception {
        for (int i = 0; i < members; i++) {
            device("member" + i, size);
        }
        ArraySpec spec = new ArraySpec("main", level, CHUNK);
        array = RaidArray.create(spec, new ArrayList<>(devices), NEVER, Sabotage.NONE);
        array.addListener(events::add);
        model = new byte[(int) array.geometry().size()];
        Property.random(7).nextBytes(model);
        BlockIo.write(array, 0, ByteBuffer.wrap(model), WriteMode.FUA);
        settle();
    }

    FaultyDevice device(String name, int size) {
        var device = new FaultyDevice(new MemoryDevice(name, 512, size), power);
        devices.add(device);
        return device;
    }

    /** Puts everything in place and lets the bitmap forget what it may forget. */
    void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            write(0, BLOCK);
            array.core().journal.drain().join();
            array.core().journal.checkpoint().join();
        }
    }

    void write(int offset, int length) throws Exception {
        byte[] bytes = new byte[length];
        Property.random(offset + events.size()).nextBytes(bytes);
        System.arraycopy(bytes, 0, model, offset, length);
        BlockIo.write(array, offset, ByteBuffer.wrap(bytes), WriteMode.FUA);
    }

    void start(FaultyDevice... without) throws Exception {
        List<BlockDevice> there = new ArrayList<>(devices);
        there.removeAll(List.of(without));
        array = RaidArray.assemble(there, NEVER, Sabotage.NONE);
        array.addListener(events::add);
    }

    void assertContent() throws Exception {
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
    }

    /** Everything is right, also what is not read now, on these devices by role. */
    void assertSound(FaultyDevice... byRole) throws Exception {
        array.settled().join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertThat(array.status().members().stream().map(ArrayStatus.MemberStatus::device))
                .containsExactlyElementsOf(
                        Arrays.stream(byRole).map(FaultyDevice::name).toList());
        assertContent();
        assertThat(array.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        array.close();
        assertThat(ArrayChecker.check(List.of(byRole))).isEmpty();
    }

    List<ArrayEvent.Type> types() {
        return events.stream().map(ArrayEvent::type).toList();
    }
}
