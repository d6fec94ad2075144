package dev.quoin.clusterfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.AttributeChange;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Listing;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Test support: does random operations on a tree and on a model of it in memory, and compares the two. Also remembers what must have survived a
 * crash: files whose last change was followed by an fsync that was acknowledged.
 */
final class Scribbler {

    private static final int DIRECTORIES = 4;
    private static final int NAMES = 12;

    private final RandomGenerator random;
    private final int sizeMax;
    private final String base;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, byte[]> durable = new HashMap<>();

    Scribbler(RandomGenerator random, int sizeMax, String base) {
        this.random = random;
        this.sizeMax = sizeMax;
        this.base = base;
    }

    void prepare(Vfs vfs) throws VfsException {
        for (int i = 0; i < DIRECTORIES; i++) {
            FileTree.of(vfs).mkdirs(directory(i));
        }
    }

    private String directory(int i) {
        return base + "/d" + i + (i % 2 == 0 ? "" : "/sub");
    }

    private String anyPath() {
        return directory(random.nextInt(DIRECTORIES)) + "/f" + random.nextInt(NAMES);
    }

    /** Does one operation. A failure leaves the touched files out of what must survive. */
    void step(Vfs vfs) throws VfsException {
        FileTree tree = FileTree.of(vfs);
        String path = anyPath();
        byte[] old = files.get(path);
        switch (random.nextInt(10)) {
            case 0, 1 -> replace(tree, path);
            case 2, 3 -> {
                byte[] more = bytes(sizeMax / 8 + 1);
                durable.remove(path);
                tree.append(path, more);
                byte[] grown =
                        Arrays.copyOf(old == null ? new byte[0] : old, (old == null ? 0 : old.length) + more.length);
                System.arraycopy(more, 0, grown, grown.length - more.length, more.length);
                files.put(path, grown);
            }
            case 4 -> overwrite(vfs, tree, path, old);
            case 5 -> truncate(vfs, tree, path, old);
            case 6 -> remove(tree, path, old);
            case 7 -> move(vfs, tree, path, anyPath());
            case 8 -> sync(vfs, tree, path, old);
            default -> {
                if (old != null) {
                    check(path, tree.read(path), old);
                } else {
                    assertThat(tree.exists(path)).as(path).isFalse();
                }
            }
        }
    }

    private void replace(FileTree tree, String path) throws VfsException {
        byte[] content = bytes(sizeMax);
        durable.remove(path);
        files.remove(path);
        tree.write(path, content);
        files.put(path, content);
    }

    private void overwrite(Vfs vfs, FileTree tree, String path, byte[] old) throws VfsException {
        if (old == null) {
            return;
        }
        byte[] part = bytes(5_000);
        int at = random.nextInt(old.length + 3_000);
        durable.remove(path);
        InodeId file = tree.resolve(path);
        ByteBuffer source = ByteBuffer.wrap(part);
        while (source.hasRemaining()) {
            vfs.write(file, at + source.position(), source);
        }
        byte[] changed = part.length == 0 ? old : Arrays.copyOf(old, Math.max(old.length, at + part.length));
        System.arraycopy(part, 0, changed, part.length == 0 ? 0 : at, part.length);
        files.put(path, changed);
    }

    private void truncate(Vfs vfs, FileTree tree, String path, byte[] old) throws VfsException {
        if (old == null) {
            return;
        }
        int size = random.nextInt(old.length + 6_000);
        durable.remove(path);
        vfs.setattr(tree.resolve(path), AttributeChange.size(size));
        files.put(path, Arrays.copyOf(old, size));
    }

    private void remove(FileTree tree, String path, byte[] old) throws VfsException {
        if (old == null) {
            return;
        }
        durable.remove(path);
        tree.remove(path);
        files.remove(path);
    }

    private void move(Vfs vfs, FileTree tree, String from, String to) throws VfsException {
        byte[] content = files.get(from);
        if (content == null || from.equals(to)) {
            return;
        }
        durable.remove(from);
        durable.remove(to);
        InodeId source = tree.resolve(from.substring(0, from.lastIndexOf('/')));
        InodeId target = tree.resolve(to.substring(0, to.lastIndexOf('/')));
        Name name = Name.of(from.substring(from.lastIndexOf('/') + 1));
        Name newName = Name.of(to.substring(to.lastIndexOf('/') + 1));
        vfs.rename(source, name, target, newName, Vfs.RenameMode.REPLACE);
        files.remove(from);
        files.put(to, content);
    }

    private void sync(Vfs vfs, FileTree tree, String path, byte[] old) throws VfsException {
        if (old != null) {
            vfs.fsync(tree.resolve(path));
            durable.put(path, old);
        }
    }

    private byte[] bytes(int most) {
        byte[] content = new byte[random.nextInt(most + 1)];
        random.nextBytes(content);
        return content;
    }

    /** Compares the whole tree with the model. */
    void verify(Vfs vfs) throws VfsException {
        FileTree tree = FileTree.of(vfs);
        Set<String> found = new HashSet<>(paths(tree, base));
        assertThat(found).isEqualTo(files.keySet());
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            check(file.getKey(), tree.read(file.getKey()), file.getValue());
        }
    }

    /** After a crash: what was durable is there, and everything can be read. */
    void verifyDurable(Vfs vfs) throws VfsException {
        FileTree tree = FileTree.of(vfs);
        for (Map.Entry<String, byte[]> file : durable.entrySet()) {
            check(file.getKey(), tree.read(file.getKey()), file.getValue());
        }
        if (tree.exists(base)) {
            for (String path : paths(tree, base)) {
                tree.read(path);
            }
        }
    }

    private static void check(String path, byte[] found, byte[] expected) {
        int mismatch = Arrays.mismatch(found, expected);
        assertThat(mismatch)
                .as("%s: %d bytes found, %d expected, first difference", path, found.length, expected.length)
                .isEqualTo(-1);
    }

    int durableCount() {
        return durable.size();
    }

    private static List<String> paths(FileTree tree, String directory) throws VfsException {
        List<String> found = new ArrayList<>();
        for (Listing.Entry entry : tree.list(directory)) {
            String path = directory + "/" + entry.name();
            if (entry.type() == FileType.DIRECTORY) {
                found.addAll(paths(tree, path));
            } else {
                found.add(path);
            }
        }
        return found;
    }

    /** Whether an operation failed because the device or the session is gone. */
    static boolean isCrash(VfsException failure) {
        return failure.errno() == Errno.EIO;
    }
}
