package dev.quoin.clusterfs;

import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.property.Property;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Proves that random operations leave what a model in memory says, on one mount, on two in turn, and after remounts. */
class ModelTest {

    private static final int RUNS = Integer.getInteger("clusterfs.model.runs", 6);
    private static final int STEPS = Integer.getInteger("clusterfs.model.steps", 400);

    @Test
    void randomOperations_onOneMount_matchTheModel() {
        Property.forAll(RUNS, random -> {
            try (Cluster cluster = cluster(random)) {
                Scribbler scribbler = new Scribbler(random, 60_000, "/m");
                ClusterFs fs = cluster.mount("a");
                scribbler.prepare(fs);
                for (int i = 0; i < STEPS; i++) {
                    scribbler.step(fs);
                    if (random.nextInt(150) == 0) {
                        fs.close();
                        fs = cluster.mount("a");
                    }
                }
                scribbler.verify(fs);
                fs.close();
                scribbler.verify(cluster.mount("b"));
            }
        });
    }

    @Test
    void randomOperations_onThreeMountsInTurn_matchTheModel() {
        Property.forAll(RUNS, random -> {
            try (Cluster cluster = cluster(random)) {
                Scribbler scribbler = new Scribbler(random, 60_000, "/m");
                ClusterFs[] nodes = {cluster.mount("a"), cluster.mount("b"), cluster.mount("c")};
                scribbler.prepare(nodes[0]);
                for (int i = 0; i < STEPS; i++) {
                    scribbler.step(nodes[random.nextInt(3)]);
                }
                for (ClusterFs fs : nodes) {
                    scribbler.verify(fs);
                }
            }
        });
    }

    private static Cluster cluster(RandomGenerator random) throws VfsException {
        try {
            MemoryDevice device = new MemoryDevice("mem", random.nextBoolean() ? 512 : 4096, 40L * Cluster.MIB);
            Mkfs.format(device, Cluster.options());
            return new Cluster(device);
        } catch (java.io.IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
