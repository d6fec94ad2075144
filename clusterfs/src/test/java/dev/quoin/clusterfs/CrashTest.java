package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Proves that after a power cut at any write every synced file is there and the file system is whole. */
class CrashTest {

    private static final int RUNS = Integer.getInteger("clusterfs.crash.runs", 8);

    @Test
    void powerCut_atAnyWrite_keepsWhatWasSynced() {
        Property.forAll(RUNS, random -> crashRepeatedly(random, 1));
    }

    @Test
    void powerCut_underThreeNodes_keepsWhatWasSynced() {
        Property.forAll(RUNS, random -> crashRepeatedly(random, 3));
    }

    private static void crashRepeatedly(RandomGenerator random, int nodes) throws Exception {
        PowerSupply power = new PowerSupply(random.nextLong());
        MemoryDevice medium = new MemoryDevice("mem", random.nextBoolean() ? 512 : 4096, 40L * Cluster.MIB);
        Mkfs.format(medium, Cluster.options());
        FaultyDevice device = new FaultyDevice(medium, power);
        try (Cluster cluster = new Cluster(device)) {
            for (int round = 0; round < 3; round++) {
                Scribbler scribbler = new Scribbler(random, 40_000, "/r" + round);
                crashOnce(random, nodes, power, cluster, scribbler, round);
                ClusterFs survivor = cluster.mount("again" + round);
                scribbler.verifyDurable(survivor);
                survivor.close();
                cluster.check();
            }
        }
    }

    private static void crashOnce(
            RandomGenerator random, int nodes, PowerSupply power, Cluster cluster, Scribbler scribbler, int round)
            throws Exception {
        List<LockClient> clients = new ArrayList<>();
        List<ClusterFs> mounts = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            clients.add(cluster.locks.connect("n" + i + "-" + round));
            mounts.add(cluster.mount(clients.get(i)));
            // The power fails for all nodes at once, also for those that are only waiting.
            mounts.get(i)
                    .onWithdrawal(() -> Thread.ofVirtual()
                            .name("test-power")
                            .start(() -> List.copyOf(clients).forEach(cluster.locks::kill)));
        }
        power.cutAfter(1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 400));
        try {
            scribbler.prepare(mounts.get(0));
            while (power.isOn()) {
                scribbler.step(mounts.get(random.nextInt(nodes)));
            }
        } catch (VfsException failure) {
            assertThat(power.isOn()).as("%s", failure).isFalse();
        }
        clients.forEach(cluster.locks::kill);
        power.restore();
    }
}
