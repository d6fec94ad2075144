package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Proves that a node's death costs nothing that was synced, and that the others go on and get at what it held. */
class NodeDeathTest {

    private static final int RUNS = Integer.getInteger("clusterfs.death.runs", 8);

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void death_ofANodeWithSyncedFiles_isMendedByTheSurvivor() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            LockClient session = cluster.locks.connect("a");
            GateDevice path = new GateDevice(cluster.device, "a");
            cluster.onFence("a", path::cut);
            ClusterFs a = cluster.mount(path, session);
            ClusterFs b = cluster.mount("b");
            FileTree.of(b).write("/b", random(50_000, 9));
            for (int i = 0; i < 50; i++) {
                a.fsync(FileTree.of(a).write("/a" + i, random(i * 1_000, i)));
            }
            FileTree.of(a).write("/unsynced", random(1_000, 5));
            cluster.locks.kill(session);

            for (int i = 0; i < 50; i++) {
                assertThat(FileTree.of(b).read("/a" + i)).isEqualTo(random(i * 1_000, i));
            }
            assertThat(cluster.fenced()).contains("a");
            assertThat(a.isWithdrawn()).isTrue();
            assertThatThrownBy(() -> FileTree.of(a).read("/a1"))
                    .isInstanceOfSatisfying(
                            VfsException.class,
                            failure -> assertThat(failure.errno()).isEqualTo(Errno.EIO));
            FileTree.of(b).write("/a1", random(10, 77));
            assertThat(FileTree.of(b).read("/a1")).isEqualTo(random(10, 77));
        }
    }

    @Test
    void death_ofAllNodes_isMendedWhenTwoStartAtOnce() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            LockClient first = cluster.locks.connect("a");
            LockClient second = cluster.locks.connect("b");
            ClusterFs a = cluster.mount(first);
            ClusterFs b = cluster.mount(second);
            a.fsync(FileTree.of(a).write("/a", random(30_000, 1)));
            b.fsync(FileTree.of(b).write("/b", random(30_000, 2)));
            cluster.locks.kill(first);
            cluster.locks.kill(second);

            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<ClusterFs>> mounting =
                        List.of(threads.submit(() -> cluster.mount("a")), threads.submit(() -> cluster.mount("b")));
                for (Future<ClusterFs> mounted : mounting) {
                    assertThat(FileTree.of(mounted.get()).read("/a")).isEqualTo(random(30_000, 1));
                    assertThat(FileTree.of(mounted.get()).read("/b")).isEqualTo(random(30_000, 2));
                }
            }
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(cluster.locks.connect("look").sessions())
                                    .noneMatch(one -> one.state() != SessionInfo.State.ALIVE));
        }
    }

    @Test
    void lostLockServer_withDirtySlots_isReplayedBeforeAnythingElse() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs a = cluster.mount("a");
            a.fsync(FileTree.of(a).write("/a", random(30_000, 1)));
            cluster.damaged();
            cluster.locks.close();

            try (Cluster other = new Cluster(cluster.device)) {
                ClusterFs b = other.mount("b");
                assertThat(FileTree.of(b).read("/a")).isEqualTo(random(30_000, 1));
                assertThat(other.fenced()).contains("a");
            }
        }
    }

    @Test
    void death_underLoad_neverStopsTheOthersNorLosesSyncedFiles() {
        Property.forAll(RUNS, random -> {
            try (Cluster cluster = Cluster.inMemory(48, 4096)) {
                ClusterFs survivor = cluster.mount("survivor");
                Scribbler mine = new Scribbler(Property.random(random.nextLong()), 30_000, "/mine");
                mine.prepare(survivor);
                Scribbler theirs = new Scribbler(Property.random(random.nextLong()), 30_000, "/theirs");
                theirs.prepare(survivor);
                LockClient session = cluster.locks.connect("victim");
                GateDevice path = new GateDevice(cluster.device, "victim");
                cluster.onFence("victim", path::cut);
                ClusterFs victim = cluster.mount(path, session);
                AtomicBoolean dead = new AtomicBoolean();
                int steps = 20 + random.nextInt(150);
                List<Callable<Void>> tasks = new ArrayList<>();
                tasks.add(() -> {
                    for (int i = 0; i < steps; i++) {
                        theirs.step(victim);
                    }
                    cluster.locks.kill(session);
                    dead.set(true);
                    return null;
                });
                tasks.add(() -> {
                    while (!dead.get()) {
                        mine.step(survivor);
                    }
                    for (int i = 0; i < 50; i++) {
                        mine.step(survivor);
                    }
                    return null;
                });
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (Future<Void> done : threads.invokeAll(tasks)) {
                        done.get();
                    }
                }
                theirs.verifyDurable(survivor);
                mine.verify(survivor);
            }
        });
    }
}
