package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Proves that many threads on three mounts neither hang nor tear content, with caches so small that everything is evicted all the time. */
class StressTest {

    private static final int STEPS = Integer.getInteger("clusterfs.stress.steps", 150);
    private static final int DIRECTORIES = 3;
    private static final int NAMES = 6;

    @Test
    void manyThreads_onThreeMounts_neverTearOrHang() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            List<ClusterFs> nodes = new ArrayList<>();
            for (String node : List.of("a", "b", "c")) {
                MountOptions options = cluster.mountOptions()
                        .limits(64 * 4096, 32 * 4096, 100)
                        .minHold(Duration.ofMillis(node.equals("b") ? 0 : 2));
                nodes.add(cluster.mount(cluster.device, cluster.locks.connect(node), options));
            }
            List<InodeId> directories = new ArrayList<>();
            for (int i = 0; i < DIRECTORIES; i++) {
                directories.add(FileTree.of(nodes.get(0)).mkdirs("/d" + i));
            }
            AtomicInteger done = new AtomicInteger();
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int worker = 0; worker < 12; worker++) {
                int id = worker;
                tasks.add(() -> {
                    RandomGenerator random = Property.random(id);
                    for (int i = 0; i < STEPS; i++) {
                        try {
                            step(nodes.get(id % 3), directories, random);
                            done.incrementAndGet();
                        } catch (VfsException expected) {
                            assertThat(expected.errno())
                                    .as("%s", expected)
                                    .isIn(Errno.ENOENT, Errno.EEXIST, Errno.ESTALE, Errno.ENOTEMPTY, Errno.EISDIR);
                        }
                    }
                    return null;
                });
            }
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Void> finished : threads.invokeAll(tasks)) {
                    finished.get();
                }
            }
            assertThat(done.get()).isGreaterThan(STEPS);
        }
    }

    private static void step(Vfs fs, List<InodeId> directories, RandomGenerator random) throws VfsException {
        InodeId directory = directories.get(random.nextInt(DIRECTORIES));
        Name name = Name.of("f" + random.nextInt(NAMES));
        switch (random.nextInt(7)) {
            case 0 -> fs.create(Caller.ROOT, directory, name, 0644);
            case 1 -> fs.unlink(directory, name);
            case 2 ->
                fs.rename(
                        directory,
                        name,
                        directories.get(random.nextInt(DIRECTORIES)),
                        Name.of("f" + random.nextInt(NAMES)),
                        Vfs.RenameMode.REPLACE);
            case 3, 4 -> {
                // One write of one byte value: a reader must never see two values, nor anything between.
                byte[] same = new byte[20_000];
                java.util.Arrays.fill(same, (byte) random.nextInt(1, 100));
                fs.write(fs.lookup(directory, name).inode(), 0, ByteBuffer.wrap(same));
            }
            case 5 -> fs.fsync(fs.lookup(directory, name).inode());
            default -> {
                ByteBuffer all = ByteBuffer.allocate(30_000);
                int length = fs.read(fs.lookup(directory, name).inode(), 0, all);
                assertThat(length).isIn(0, 20_000);
                for (int i = 1; i < length; i++) {
                    assertThat(all.get(i)).isEqualTo(all.get(0));
                }
            }
        }
    }
}
