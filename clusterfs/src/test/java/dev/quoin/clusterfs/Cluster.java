package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.server.LocalLocks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Test support: a device with a file system, a lock manager, and mounts that end with it. */
final class Cluster implements AutoCloseable {

    static final int MIB = 1 << 20;

    final BlockDevice device;
    final LocalLocks locks = LocalLocks.create();
    private boolean checks = true;
    private final List<ClusterFs> mounts = new ArrayList<>();
    private final List<String> fenced = new ArrayList<>();
    private final java.util.Map<String, Runnable> cuts = new java.util.concurrent.ConcurrentHashMap<>();

    Cluster(BlockDevice device) {
        this.device = device;
    }

    /** A formatted memory device of 64 MiB with three slots. */
    static Cluster inMemory() throws Exception {
        return inMemory(64, 4096);
    }

    static Cluster inMemory(int mib, int blockSize) throws Exception {
        BlockDevice device = new MemoryDevice("mem", blockSize, (long) mib * MIB);
        Mkfs.format(device, options());
        return new Cluster(device);
    }

    static MkfsOptions options() {
        return MkfsOptions.of("test").sizes(3, 4 * MIB, 8 * MIB);
    }

    MountOptions mountOptions() {
        return MountOptions.of((node, session) -> {
                    synchronized (fenced) {
                        fenced.add(node);
                    }
                    cuts.getOrDefault(node, () -> {}).run();
                })
                .minHold(Duration.ofMillis(1))
                .intervals(Duration.ofMillis(200), Duration.ofMillis(50));
    }

    /** What fencing a node does. */
    void onFence(String node, Runnable cut) {
        cuts.put(node, cut);
    }

    List<String> fenced() {
        synchronized (fenced) {
            return List.copyOf(fenced);
        }
    }

    ClusterFs mount(String node) throws VfsException {
        return mount(locks.connect(node));
    }

    ClusterFs mount(LockClient client) throws VfsException {
        return mount(device, client);
    }

    ClusterFs mount(BlockDevice through, LockClient client) throws VfsException {
        return mount(through, client, mountOptions());
    }

    ClusterFs mount(BlockDevice through, LockClient client, MountOptions options) throws VfsException {
        ClusterFs mounted = ClusterFs.mount(through, client, options);
        mounted.onWithdrawal(() -> Thread.ofVirtual().name("test-expire").start(() -> expire(client)));
        synchronized (mounts) {
            mounts.add(mounted);
        }
        return mounted;
    }

    private void expire(LockClient client) {
        try {
            locks.kill(client);
        } catch (java.util.concurrent.RejectedExecutionException closed) {
            // The lock manager is gone, and all sessions with it.
        }
    }

    /** Leaves the check out of {@link #close}, for tests that damage the device. */
    void damaged() {
        checks = false;
    }

    /** Fails unless the checker finds nothing at all. */
    void check() {
        FsckReport report = Fsck.check(device);
        assertThat(report.findings()).as("findings").isEmpty();
        assertThat(report.clean()).isTrue();
    }

    /** Unmounts all and runs the checker. */
    @Override
    public void close() throws IOException {
        for (ClusterFs mount : mounts) {
            boolean withdrawn = mount.isWithdrawn();
            try {
                mount.close();
            } catch (VfsException failure) {
                assertThat(withdrawn).as("%s", failure).isTrue();
            }
        }
        locks.close();
        if (checks) {
            check();
        }
    }
}
