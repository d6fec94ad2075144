package dev.quoin.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.server.LocalLocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A node with a block store: arrays in memory that lose power, and the real lock core. It can be closed and opened again, or
 * crash and be taken over. Ends with the checker.
 */
final class StoreRig implements AutoCloseable {

    private static final String ASSEMBLED = "assembled";

    static final int BLOCK = 4096;
    static final int EXTENT = 64 << 10;
    static final int CHUNK_EXTENTS = 4;
    static final PoolOptions OPTIONS = new PoolOptions(EXTENT, CHUNK_EXTENTS);
    static final BlockStoreOptions SHORT = new BlockStoreOptions(Duration.ofMillis(200), Duration.ofMillis(300));

    final LocalLocks locks = LocalLocks.create();
    final PowerSupply power;
    final Map<String, BlockDevice> arrays = new LinkedHashMap<>();
    private int sessions;
    private LockClient real;
    private ShakyLocks session;
    private BlockStore store;

    /** Makes the array "assembled" of a node that starts; null if the arrays are what they are. */
    private @Nullable Assembly assembly;

    /** Makes an array anew for each start of the node, as one that assembles it from members does. */
    interface Assembly {
        BlockDevice assemble() throws IOException;
    }

    /** A node with {@code extents.length} arrays that hold so many extents each. */
    static StoreRig of(int... extents) throws IOException {
        return new StoreRig(1, Runnable::run, extents);
    }

    StoreRig(long seed, Executor executor, int... extents) throws IOException {
        power = new PowerSupply(seed);
        for (int i = 0; i < extents.length; i++) {
            long size = 2L * EXTENT + (long) extents[i] * EXTENT;
            arrays.put("a" + i, new FaultyDevice(new MemoryDevice("array a" + i, BLOCK, size), power, executor));
        }
        real = connect();
        session = new ShakyLocks(real);
        store = BlockStore.open(session, arrays, SHORT);
    }

    /** The same with an array that is closed when the node stops and assembled when it starts. */
    StoreRig assembledBy(Assembly by) throws IOException {
        assembly = by;
        reopen();
        return this;
    }

    /** The same with a pool "main" on all arrays. */
    StoreRig withPool() throws IOException {
        store.createPool("main", List.copyOf(arrays.keySet()), OPTIONS);
        return this;
    }

    BlockStore store() {
        return store;
    }

    ShakyLocks session() {
        return session;
    }

    LockClient realSession() {
        return real;
    }

    FaultyDevice array(int index) {
        return (FaultyDevice) arrays.get("a" + index);
    }

    /** A new volume of so many extents in pool "main", open. */
    BlockDevice volume(String name, int extents) throws IOException {
        store.createVolume("main", name, (long) extents * EXTENT);
        return store.openVolume(name);
    }

    PoolInfo pool() {
        return store.listPools().getFirst();
    }

    /** Stops the node in an orderly way and starts it again. */
    void reopen() throws IOException {
        store.close();
        dropAssembled();
        real.close();
        start();
    }

    /** Takes the node's power and its session, and starts it again when both are known to be gone. */
    void crash() throws IOException {
        power.cut();
        locks.kill(real);
        store.close();
        dropAssembled();
        power.restore();
        start();
    }

    /** Starts the node anew, with what the last one left. */
    void start() throws IOException {
        if (assembly != null) {
            arrays.put(ASSEMBLED, assembly.assemble());
        }
        real = connect();
        session = new ShakyLocks(real);
        fenceTheDead(real);
        store = BlockStore.open(session, arrays, SHORT);
    }

    private void dropAssembled() {
        BlockDevice assembled = arrays.remove(ASSEMBLED);
        if (assembled != null) {
            assembled.close();
        }
    }

    LockClient connect() {
        sessions++;
        return locks.connect("node-" + sessions, false);
    }

    static void fenceTheDead(LockClient by) throws DlmException {
        for (SessionInfo info : by.sessions()) {
            if (info.state() == SessionInfo.State.ENDED_NOT_FENCED) {
                by.declareFenced(info.id());
            }
        }
    }

    /** Walks the registry and compares it with what the store thinks. */
    void check() throws IOException {
        CheckReport report = StoreCheck.check(real.registry());
        assertThat(report.problems()).isEmpty();
        for (PoolInfo pool : store.listPools()) {
            CheckReport.PoolCount count = report.pools().get(pool.name());
            assertThat(pool.capacity() / pool.extentSize()).isEqualTo(count.total());
            assertThat(pool.allocated() / pool.extentSize())
                    .as("allocated extents of %s", pool.name())
                    .isEqualTo(count.mapped());
            long byVolume = store.listVolumes().stream()
                    .filter(volume -> volume.pool().equals(pool.name()))
                    .mapToLong(VolumeInfo::allocated)
                    .sum();
            assertThat(byVolume).isEqualTo(pool.allocated());
        }
    }

    static void write(BlockDevice device, long offset, int length, int fill) throws DeviceException {
        BlockIo.write(device, offset, filled(length, fill), WriteMode.CACHED);
    }

    static ByteBuffer filled(int length, int fill) {
        return ByteBuffer.wrap(bytes(length, fill));
    }

    static byte[] bytes(int length, int fill) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) fill);
        return bytes;
    }

    static byte[] read(BlockDevice device, long offset, int length) throws DeviceException {
        return BlockIo.read(device, offset, length).array();
    }

    @Override
    public void close() throws IOException {
        try {
            if (real.isValidFor(Duration.ZERO) && power.isOn()) {
                check();
            }
        } finally {
            store.close();
            locks.close();
        }
    }
}
