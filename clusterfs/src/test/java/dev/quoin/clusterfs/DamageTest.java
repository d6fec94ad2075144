package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.BlockIo;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Proves that damaged or unreadable metadata gives EIO and never wrong names or content, and that a failed write stops the mount. */
class DamageTest {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static MemoryDevice filled() throws Exception {
        MemoryDevice device = new MemoryDevice("mem", 4096, 40L * Cluster.MIB);
        Mkfs.format(device, Cluster.options());
        try (Cluster cluster = new Cluster(device)) {
            FileTree tree = FileTree.of(cluster.mount("a"));
            for (int i = 0; i < 150; i++) {
                tree.mkdirs("/d" + i % 3);
                tree.write("/d" + i % 3 + "/a-file-with-a-name-of-some-length-" + i, random(i * 100, i));
            }
        }
        return device;
    }

    /** The addresses of all blocks in the groups that carry metadata. */
    private static List<Long> metadata(MemoryDevice device) throws Exception {
        var superblock = ClusterFs.readSuperblock(device);
        List<Long> found = new ArrayList<>();
        for (long block = superblock.layout().firstGroup();
                block < superblock.layout().lastCopy();
                block++) {
            byte[] content = BlockIo.read(device, block * BLOCK, BLOCK).array();
            if (BlockHeader.decode(content, superblock.fsId(), block)
                    instanceof dev.quoin.clusterfs.disk.Decoded.Valid) {
                found.add(block);
            }
        }
        return found;
    }

    private static void damage(MemoryDevice device, long block, RandomGenerator random, List<Long> others)
            throws Exception {
        byte[] content = BlockIo.read(device, block * BLOCK, BLOCK).array();
        switch (random.nextInt(4)) {
            case 0 -> content[random.nextInt(BLOCK)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> content = new byte[BLOCK];
            case 2 -> {
                long other = others.get(random.nextInt(others.size()));
                content = BlockIo.read(device, (other == block ? others.get(0) : other) * BLOCK, BLOCK)
                        .array();
            }
            default -> random.nextBytes(content);
        }
        BlockIo.write(device, block * BLOCK, ByteBuffer.wrap(content), WriteMode.FUA);
    }

    @Test
    void anyDamagedMetadataBlock_givesTheRightContentOrEio() throws Exception {
        Property.forAll(Integer.getInteger("clusterfs.damage.runs", 10), random -> {
            MemoryDevice device = filled();
            List<Long> blocks = metadata(device);
            damage(device, blocks.get(random.nextInt(blocks.size())), random, blocks);
            try (Cluster cluster = new Cluster(device)) {
                cluster.damaged();
                ClusterFs fs = cluster.mount("a");
                FileTree tree = FileTree.of(fs);
                for (int i = 0; i < 150; i++) {
                    try {
                        assertThat(tree.read("/d" + i % 3 + "/a-file-with-a-name-of-some-length-" + i))
                                .hasSize(i * 100)
                                .isEqualTo(random(i * 100, i));
                    } catch (VfsException failure) {
                        assertThat(failure.errno()).as("%s", failure).isEqualTo(Errno.EIO);
                    }
                }
                for (int i = 0; i < 3; i++) {
                    try {
                        assertThat(tree.list("/d" + i)).hasSize(50);
                    } catch (VfsException failure) {
                        assertThat(failure.errno()).as("%s", failure).isEqualTo(Errno.EIO);
                    }
                }
                try {
                    tree.write("/new", random(100_000, 1));
                    tree.remove("/d1");
                } catch (VfsException failure) {
                    assertThat(failure.errno()).as("%s", failure).isEqualTo(Errno.EIO);
                }
            }
        });
    }

    @Test
    void unreadableBlock_givesEioForItsFileOnly() throws Exception {
        FaultyDevice device = new FaultyDevice(filled(), new PowerSupply(1));
        try (Cluster cluster = new Cluster(device)) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            InodeId victim = tree.resolve("/d1/a-file-with-a-name-of-some-length-100");
            cluster.damaged();
            device.inject(Fault.unreadable(victim.block() * BLOCK, BLOCK));
            assertThatThrownBy(() -> fs.getattr(victim))
                    .isInstanceOfSatisfying(
                            VfsException.class,
                            failure -> assertThat(failure.errno()).isEqualTo(Errno.EIO));
            assertThat(tree.read("/d2/a-file-with-a-name-of-some-length-101")).isEqualTo(random(10_100, 101));
            assertThat(fs.isWithdrawn()).isFalse();
        }
    }

    @Test
    void failedWrite_stopsTheMountAndAnotherNodeRecovers() throws Exception {
        FaultyDevice device = new FaultyDevice(filled(), new PowerSupply(1));
        try (Cluster cluster = new Cluster(device)) {
            ClusterFs a = cluster.mount("a");
            ClusterFs b = cluster.mount("b");
            a.fsync(FileTree.of(a).write("/good", random(50_000, 1)));
            a.create(Caller.ROOT, a.root(), Name.of("bad"), 0644);
            device.inject(Fault.writeError(0, device.geometry().size(), 1));
            assertThatThrownBy(a::sync).isInstanceOf(VfsException.class);
            assertThat(a.isWithdrawn()).isTrue();
            device.clearFaults();
            assertThat(FileTree.of(b).read("/good")).isEqualTo(random(50_000, 1));
        }
    }
}
