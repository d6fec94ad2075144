package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.AttributeChange;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Proves that two mounts of one device see each other's work at once, as if they were one. */
class TwoMountsTest {

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void together(List<Callable<Void>> tasks) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
    }

    @Test
    void tree_writtenOnOneNode_readsEqualOnTheOther() throws Exception {
        int files = Integer.getInteger("clusterfs.files", 1_000);
        try (Cluster cluster = Cluster.inMemory()) {
            Vfs a = cluster.mount("a");
            Vfs b = cluster.mount("b");
            FileTree onA = FileTree.of(a);
            FileTree onB = FileTree.of(b);
            List<Callable<Void>> writes = new ArrayList<>();
            for (int worker = 0; worker < 16; worker++) {
                int first = worker;
                writes.add(() -> {
                    onA.mkdirs("/d" + first % 5);
                    for (int i = first; i < files; i += 16) {
                        onA.write("/d" + first % 5 + "/f" + i, random(i * 20, i));
                    }
                    return null;
                });
            }
            together(writes);
            List<Callable<Void>> reads = new ArrayList<>();
            for (int worker = 0; worker < 16; worker++) {
                int first = worker;
                reads.add(() -> {
                    for (int i = first; i < files; i += 16) {
                        assertThat(onB.read("/d" + first % 5 + "/f" + i)).isEqualTo(random(i * 20, i));
                    }
                    return null;
                });
            }
            together(reads);
        }
    }

    @Test
    void appends_inTurn_loseNothing() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            FileTree[] nodes = {FileTree.of(cluster.mount("a")), FileTree.of(cluster.mount("b"))};
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                String line = "line " + i + " " + "x".repeat(i) + "\n";
                nodes[i % 2].append("/log", line.getBytes(StandardCharsets.UTF_8));
                expected.append(line);
            }
            for (FileTree node : nodes) {
                assertThat(new String(node.read("/log"), StandardCharsets.UTF_8))
                        .isEqualTo(expected.toString());
            }
        }
    }

    @Test
    void appends_atOnce_areAllThereAndWhole() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            FileTree[] nodes = {FileTree.of(cluster.mount("a")), FileTree.of(cluster.mount("b"))};
            nodes[0].write("/log", new byte[0]);
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int worker = 0; worker < 8; worker++) {
                int id = worker;
                tasks.add(() -> {
                    for (int i = 0; i < 50; i++) {
                        nodes[id % 2].append(
                                "/log", String.format("%02d-%03d\n", id, i).getBytes(StandardCharsets.UTF_8));
                    }
                    return null;
                });
            }
            together(tasks);
            String log = new String(nodes[1].read("/log"), StandardCharsets.UTF_8);
            assertThat(log.lines())
                    .hasSize(400)
                    .doesNotHaveDuplicates()
                    .allMatch(line -> line.matches("\\d\\d-\\d{3}"));
        }
    }

    @Test
    void creates_atOnceInOneDirectory_areSeenByAll() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs[] nodes = {cluster.mount("a"), cluster.mount("b"), cluster.mount("c")};
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int worker = 0; worker < 9; worker++) {
                int id = worker;
                tasks.add(() -> {
                    ClusterFs fs = nodes[id % 3];
                    for (int i = 0; i < 30; i++) {
                        fs.create(Caller.ROOT, fs.root(), Name.of(id + "-" + i), 0644);
                        if (i % 3 == 2) {
                            fs.unlink(fs.root(), Name.of(id + "-" + (i - 1)));
                        }
                    }
                    return null;
                });
            }
            together(tasks);
            for (ClusterFs fs : nodes) {
                assertThat(FileTree.of(fs).list("/")).hasSize(9 * 20);
            }
        }
    }

    @Test
    void namesAndAttributes_changedOnOneNode_areSeenOnTheOther() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs a = cluster.mount("a");
            ClusterFs b = cluster.mount("b");
            InodeId file = FileTree.of(a).write("/f", random(10_000, 1));
            assertThat(b.getattr(file).size()).isEqualTo(10_000);
            b.setattr(file, AttributeChange.size(100));
            assertThat(a.getattr(file).size()).isEqualTo(100);
            a.write(file, 5_000_000, ByteBuffer.wrap(random(10, 2)));
            ByteBuffer hole = ByteBuffer.allocate(200);
            assertThat(b.read(file, 0, hole)).isEqualTo(200);
            assertThat(hole.get(150)).isZero();

            InodeId dir = FileTree.of(b).mkdirs("/d");
            a.rename(a.root(), Name.of("f"), dir, Name.of("g"), Vfs.RenameMode.REPLACE);
            assertThat(b.lookup(dir, Name.of("g")).inode()).isEqualTo(file);
            b.unlink(dir, Name.of("g"));
            assertThatThrownBy(() -> a.getattr(file))
                    .isInstanceOfSatisfying(
                            VfsException.class,
                            failure -> assertThat(failure.errno()).isEqualTo(Errno.ESTALE));
            FileTree.of(a).write("/d/next", random(3_000, 3));
            assertThat(FileTree.of(b).read("/d/next")).isEqualTo(random(3_000, 3));
        }
    }

    @Test
    void files_deletedOnOneNode_leaveSpaceForTheOther() throws Exception {
        try (Cluster cluster = Cluster.inMemory(32, 4096)) {
            ClusterFs a = cluster.mount("a");
            ClusterFs b = cluster.mount("b");
            for (int round = 0; round < 4; round++) {
                FileTree writer = FileTree.of(round % 2 == 0 ? a : b);
                FileTree reader = FileTree.of(round % 2 == 0 ? b : a);
                for (int i = 0; i < 5; i++) {
                    writer.write("/big" + i, random(2_000_000, round * 10 + i));
                }
                for (int i = 0; i < 5; i++) {
                    assertThat(reader.read("/big" + i)).isEqualTo(random(2_000_000, round * 10 + i));
                    reader.remove("/big" + i);
                }
            }
        }
    }
}
