package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.catalogue.PoolSettings;
import dev.quoin.blockstore.catalogue.PoolState;
import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.blockstore.extent.ExtentSpace;
import dev.quoin.device.DeviceException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.server.LocalLocks;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that whatever a worker is asked for ends, also when it is asked after the pool was lost or the worker has ended. */
@Timeout(60)
class PoolWorkerTest {

    private static final PoolRecord POOL = new PoolRecord(
            new UUID(1, 2),
            "main",
            PoolRecord.State.ACTIVE,
            BLOCK,
            EXTENT,
            4,
            List.of(new PoolRecord.Part("a0", 2L * EXTENT, 4)));

    private final LocalLocks locks = LocalLocks.create();
    private final Ownership ownership;
    private final Volume volume = new Volume(
            new VolumeRecord(new UUID(3, 4), "disk0", "main", VolumeRecord.State.ACTIVE, 4L * EXTENT), EXTENT, 4);
    private final PoolWorker worker;

    PoolWorkerTest() throws Exception {
        LockClient session = locks.connect("node");
        Held lock = session.lockspace("blockstore", SessionEndPolicy.RELEASE)
                .acquire(ResourceName.of("pool/main"), LockRequest.of(LockMode.EX))
                .orThrow();
        ownership = new Ownership("main", lock);
        PoolLayout layout = new PoolLayout(POOL, List.of(new MemoryDevice("array a0", BLOCK, 6L * EXTENT)));
        PoolCommitter committer =
                new PoolCommitter("main", session.registry(), ownership, Duration.ofSeconds(1), new PoolState(0, 0), 0);
        ExtentSpace space = new ExtentSpace(4, 0);
        SpaceWatch watch = new SpaceWatch(POOL.name(), space, PoolSettings.DEFAULT, () -> {});
        worker = new PoolWorker(POOL, layout, space, committer, ownership, watch);
        worker.start();
    }

    @AfterEach
    void stop() {
        worker.stop(Duration.ofSeconds(5));
        locks.close();
    }

    @Test
    void requests_afterThePoolWasLost_failEvenIfTheExtentIsInUse() throws Exception {
        worker.map(volume, 0).get(10, TimeUnit.SECONDS);
        assertThat(volume.map().enter(0)).isZero();
        ownership.lose("of a test");
        assertFenced(worker.map(volume, 1));

        assertFenced(worker.unmap(volume, 0, 4));

        assertThat(volume.map().enter(0)).as("it was not left draining").isZero();
        assertThat(volume.unmappings()).isEmpty();
    }

    @Test
    void requests_thatDrainWhenThePoolIsLost_fail_andALateExitHarmsNothing() throws Exception {
        worker.map(volume, 0).get(10, TimeUnit.SECONDS);
        volume.map().enter(0);
        CompletableFuture<Void> unmap = worker.unmap(volume, 0, 4);
        CompletableFuture<Void> behind = worker.unmap(volume, 0, 1);
        worker.map(volume, 1).get(10, TimeUnit.SECONDS);
        assertThat(unmap).isNotDone();

        ownership.lose("of a test");

        assertFenced(unmap);
        assertFenced(behind);
        volume.exit(0);
        assertFenced(worker.map(volume, 2));
    }

    @Test
    void requests_afterTheEnd_fail() throws Exception {
        worker.map(volume, 0).get(10, TimeUnit.SECONDS);
        assertThat(worker.stop(Duration.ofSeconds(5))).isTrue();

        assertFenced(worker.map(volume, 1));
        assertFenced(worker.unmap(volume, 0, 4));
        BlockStoreTest.assertRefused(
                BlockStoreException.Code.FENCED, "it was closed", () -> worker.change(committer -> {}));
    }

    private static void assertFenced(CompletableFuture<Void> request) throws Exception {
        try {
            request.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            assertThat(failure.getCause()).isInstanceOf(DeviceException.class);
            assertThat(((DeviceException) failure.getCause()).code()).isEqualTo(DeviceException.Code.FENCED);
            return;
        }
        throw new AssertionError("it succeeded");
    }
}
