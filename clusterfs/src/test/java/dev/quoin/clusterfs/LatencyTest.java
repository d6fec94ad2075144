package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.device.MemoryDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Proves that the latency of device and locks is paid for batches, not for files: with 2 ms for each device request and 6 ms for each lock
 * request a tree of 1,200 small files is written on one node and read on the other in seconds.
 */
class LatencyTest {

    private static final int FILES = 1_200;
    private static final int WORKERS = 16;

    private static byte[] random(int index) {
        byte[] bytes = new byte[index * 977 % 20_000];
        new Random(index).nextBytes(bytes);
        return bytes;
    }

    private interface Work {
        void run(int file) throws Exception;
    }

    private static Duration forAll(Work work) throws Exception {
        long start = System.nanoTime();
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            int first = worker;
            tasks.add(() -> {
                for (int i = first; i < FILES; i += WORKERS) {
                    work.run(i);
                }
                return null;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void smallFiles_overSlowDeviceAndLocks_takeSeconds() throws Exception {
        MemoryDevice medium = new MemoryDevice("mem", 512, 256L * Cluster.MIB);
        Mkfs.format(medium, Cluster.options());
        try (Cluster cluster = new Cluster(medium)) {
            SlowDevice deviceA = new SlowDevice(medium, 2_000, 48);
            SlowDevice deviceB = new SlowDevice(medium, 2_000, 48);
            SlowLocks locksA = new SlowLocks(cluster.locks.connect("a"), Duration.ofMillis(6));
            SlowLocks locksB = new SlowLocks(cluster.locks.connect("b"), Duration.ofMillis(6));
            MountOptions options = cluster.mountOptions()
                    .minHold(Duration.ofMillis(10))
                    .intervals(Duration.ofSeconds(1), Duration.ofSeconds(1));
            FileTree a = FileTree.of(cluster.mount(deviceA, locksA, options));
            FileTree b = FileTree.of(cluster.mount(deviceB, locksB, options));
            for (int i = 0; i < 20; i++) {
                a.mkdirs("/tree/d" + i);
            }
            Duration written = forAll(i -> a.write("/tree/d" + i % 20 + "/f" + i, random(i)));
            int requestsWriting = deviceA.total.get();
            Duration read = forAll(
                    i -> assertThat(b.read("/tree/d" + i % 20 + "/f" + i)).isEqualTo(random(i)));
            String figures = "written in " + written.toMillis() + " ms, " + requestsWriting + " device and "
                    + locksA.requests + " lock requests; read in " + read.toMillis() + " ms, "
                    + deviceB.total + " device and " + locksB.requests + " lock requests";
            System.out.println(figures);
            assertThat(written).as(figures).isLessThan(Duration.ofSeconds(10));
            assertThat(read).as(figures).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void appendsInTurn_overSlowDeviceAndLocks_takeSeconds() throws Exception {
        MemoryDevice medium = new MemoryDevice("mem", 512, 64L * Cluster.MIB);
        Mkfs.format(medium, Cluster.options());
        try (Cluster cluster = new Cluster(medium)) {
            List<FileTree> nodes = new ArrayList<>();
            for (String node : List.of("a", "b")) {
                nodes.add(FileTree.of(cluster.mount(
                        new SlowDevice(medium, 2_000, 48),
                        new SlowLocks(cluster.locks.connect(node), Duration.ofMillis(6)),
                        cluster.mountOptions().minHold(Duration.ofMillis(10)))));
            }
            nodes.get(0).write("/log", new byte[0]);
            long start = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                nodes.get(i % 2).append("/log", new byte[] {(byte) i});
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            System.out.println("100 appends in turn in " + took.toMillis() + " ms");
            assertThat(nodes.get(0).read("/log")).hasSize(100);
            assertThat(took).isLessThan(Duration.ofSeconds(20));
        }
    }
}
