package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.AttributeChange;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Proves that one mount does what the Vfs promises, operation by operation, and that all of it is there after a remount. */
class SingleMountTest {

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class,
                        failure -> assertThat(failure.errno()).isEqualTo(errno));
    }

    @Test
    void files_ofAllSizes_surviveARemount() throws Exception {
        int[] sizes = {0, 1, 3839, 3840, 3841, 4096, 4097, 100_000, 1_048_576, 1_048_577, 5_000_000};
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            tree.mkdirs("/one/two");
            for (int size : sizes) {
                tree.write("/one/two/f" + size, random(size, size));
            }
            for (int size : sizes) {
                assertThat(tree.read("/one/two/f" + size)).isEqualTo(random(size, size));
            }
            fs.close();

            tree = FileTree.of(cluster.mount("b"));
            for (int size : sizes) {
                assertThat(tree.read("/one/two/f" + size)).isEqualTo(random(size, size));
            }
            assertThat(tree.list("/one/two")).hasSize(sizes.length);
        }
    }

    @Test
    void names_followPosix() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            InodeId root = fs.root();
            InodeId dir = fs.mkdir(Caller.ROOT, root, Name.of("d"), 0755);
            InodeId file = fs.create(new Caller(5, 6), dir, Name.of("f"), 0640);

            assertErrno(Errno.EEXIST, () -> fs.create(Caller.ROOT, dir, Name.of("f"), 0));
            assertErrno(Errno.ENOENT, () -> fs.lookup(dir, Name.of("g")));
            assertErrno(Errno.ENOTDIR, () -> fs.lookup(file, Name.of("g")));
            assertErrno(Errno.ENOTEMPTY, () -> fs.rmdir(root, Name.of("d")));
            assertErrno(Errno.EISDIR, () -> fs.unlink(root, Name.of("d")));
            assertErrno(Errno.ENOTDIR, () -> fs.rmdir(dir, Name.of("f")));
            assertErrno(Errno.EPERM, () -> fs.link(dir, root, Name.of("e")));
            assertErrno(Errno.EISDIR, () -> fs.read(dir, 0, ByteBuffer.allocate(1)));
            assertErrno(Errno.ENAMETOOLONG, () -> Name.of("x".repeat(256)));

            fs.link(file, root, Name.of("second"));
            assertThat(fs.getattr(file).links()).isEqualTo(2);
            assertThat(fs.getattr(file).uid()).isEqualTo(5);
            assertThat(fs.getattr(root).links()).isEqualTo(3);
            fs.unlink(dir, Name.of("f"));
            assertThat(fs.getattr(file).links()).isEqualTo(1);
            fs.rmdir(root, Name.of("d"));
            assertThat(fs.getattr(root).links()).isEqualTo(2);
            assertErrno(Errno.ESTALE, () -> fs.getattr(dir));
            fs.unlink(root, Name.of("second"));
            assertErrno(Errno.ESTALE, () -> fs.write(file, 0, ByteBuffer.allocate(1)));
            assertThat(tree.list("/")).isEmpty();
        }
    }

    @Test
    void rename_replacesAndRefusesCycles() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            InodeId a = tree.mkdirs("/a");
            InodeId b = tree.mkdirs("/a/b");
            InodeId c = tree.mkdirs("/c");
            tree.write("/a/b/x", random(10_000, 1));
            tree.write("/c/y", random(20_000, 2));

            assertErrno(
                    Errno.EINVAL, () -> fs.rename(fs.root(), Name.of("a"), b, Name.of("z"), Vfs.RenameMode.REPLACE));
            assertErrno(Errno.EEXIST, () -> fs.rename(b, Name.of("x"), c, Name.of("y"), Vfs.RenameMode.NOREPLACE));
            assertErrno(
                    Errno.ENOTEMPTY,
                    () -> fs.rename(fs.root(), Name.of("c"), fs.root(), Name.of("a"), Vfs.RenameMode.REPLACE));
            fs.rename(b, Name.of("x"), c, Name.of("y"), Vfs.RenameMode.REPLACE);
            assertThat(tree.read("/c/y")).isEqualTo(random(10_000, 1));
            assertThat(tree.exists("/a/b/x")).isFalse();
            fs.rename(a, Name.of("b"), c, Name.of("b2"), Vfs.RenameMode.REPLACE);
            assertThat(fs.parent(b)).isEqualTo(c);
            assertThat(fs.getattr(a).links()).isEqualTo(2);
            assertThat(fs.getattr(c).links()).isEqualTo(3);
        }
    }

    @Test
    void truncateAndHoles_readAsZeroes() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            InodeId file = tree.write("/f", random(10_000, 3));
            fs.setattr(file, AttributeChange.size(5_000));
            fs.setattr(file, AttributeChange.size(2_000_000));
            fs.write(file, 1_500_000, ByteBuffer.wrap(random(100, 4)));

            byte[] expected = Arrays.copyOf(Arrays.copyOf(random(10_000, 3), 5_000), 2_000_000);
            System.arraycopy(random(100, 4), 0, expected, 1_500_000, 100);
            assertThat(tree.read("/f")).isEqualTo(expected);
            assertThat(fs.getattr(file).blocks()).isLessThan(10);

            InodeId small = tree.write("/small", random(100, 5));
            fs.setattr(small, AttributeChange.size(50));
            fs.setattr(small, AttributeChange.size(10_000));
            assertThat(tree.read("/small")).isEqualTo(Arrays.copyOf(Arrays.copyOf(random(100, 5), 50), 10_000));
        }
    }

    @Test
    void symlinks_ofAnyLength_keepTheirTarget() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            byte[] target = "t".repeat(4095).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            InodeId first = fs.symlink(Caller.ROOT, fs.root(), Name.of("short"), new byte[] {'x'});
            InodeId second = fs.symlink(Caller.ROOT, fs.root(), Name.of("long"), target);
            assertThat(fs.readlink(first)).isEqualTo(new byte[] {'x'});
            assertThat(fs.readlink(second)).isEqualTo(target);
            assertThat(fs.lookup(fs.root(), Name.of("long")).type()).isEqualTo(FileType.SYMLINK);
            assertErrno(Errno.ENAMETOOLONG, () -> fs.symlink(Caller.ROOT, fs.root(), Name.of("no"), new byte[4096]));
            fs.close();
            ClusterFs again = cluster.mount("a");
            assertThat(again.readlink(second)).isEqualTo(target);
        }
    }

    @Test
    void directory_withManyNames_listsEachOnce() throws Exception {
        try (Cluster cluster = Cluster.inMemory()) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            for (int i = 0; i < 2_000; i++) {
                fs.create(Caller.ROOT, fs.root(), Name.of("name-" + i), 0644);
            }
            assertThat(tree.list("/").stream()
                            .map(entry -> entry.name().toString())
                            .distinct())
                    .hasSize(2_000);
            for (int i = 0; i < 2_000; i += 2) {
                fs.unlink(fs.root(), Name.of("name-" + i));
            }
            assertThat(tree.list("/")).hasSize(1_000);
            for (int i = 1; i < 2_000; i += 2) {
                fs.unlink(fs.root(), Name.of("name-" + i));
            }
            assertThat(tree.list("/")).isEmpty();
            assertThat(fs.getattr(fs.root()).blocks()).isEqualTo(1);
        }
    }

    @Test
    void fullDevice_refusesCleanlyAndIsUsableAfterDeleting() throws Exception {
        try (Cluster cluster = Cluster.inMemory(32, 512)) {
            ClusterFs fs = cluster.mount("a");
            FileTree tree = FileTree.of(fs);
            long before = fs.statfs().freeBlocks();
            int files = 0;
            try {
                while (true) {
                    tree.write("/f" + files, random(700_000, files));
                    files++;
                }
            } catch (VfsException full) {
                assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
            }
            assertThat(files).isGreaterThan(10);
            for (int i = 0; i < files; i++) {
                assertThat(tree.read("/f" + i)).isEqualTo(random(700_000, i));
            }
            for (int i = 0; i <= files; i++) {
                tree.remove("/f" + i);
            }
            tree.write("/again", random(700_000, 77));
            assertThat(tree.read("/again")).isEqualTo(random(700_000, 77));
            tree.remove("/again");
            assertThat(fs.statfs().freeBlocks()).isEqualTo(before);
        }
    }

    @Test
    void mkfs_overAFileSystem_isRefusedUnlessForced() throws Exception {
        MemoryDevice device = new MemoryDevice("mem", 4096, 64L << 20);
        Mkfs.format(device, Cluster.options());
        assertThatThrownBy(() -> Mkfs.format(device, Cluster.options())).isInstanceOf(FormatRefusedException.class);
        Mkfs.format(device, Cluster.options().forced());
        MemoryDevice tiny = new MemoryDevice("tiny", 512, 8L << 20);
        assertThatThrownBy(() -> Mkfs.format(tiny, Cluster.options())).isInstanceOf(FormatRefusedException.class);
        assertErrno(Errno.EINVAL, () -> ClusterFs.readSuperblock(tiny));
    }
}
