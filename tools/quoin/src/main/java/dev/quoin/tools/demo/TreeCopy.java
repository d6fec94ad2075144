package dev.quoin.tools.demo;

import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Vfs;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A real tree of files in a file system, known by the SHA-256 of each file. Blocking; the files go over side by side. */
final class TreeCopy {

    private static final int AT_ONCE = 16;

    private final String root;
    private final Map<String, byte[]> digests;
    private final long bytes;

    private TreeCopy(String root, Map<String, byte[]> digests, long bytes) {
        this.root = root;
        this.digests = new TreeMap<>(digests);
        this.bytes = bytes;
    }

    /** Writes a tree under a new directory and makes it durable. */
    static TreeCopy write(SourceTree source, Vfs vfs, String root) throws Exception {
        FileTree tree = FileTree.of(vfs);
        tree.mkdirs(root);
        for (String directory : source.directories()) {
            tree.mkdirs(root + "/" + directory);
        }
        Map<String, byte[]> digests = new ConcurrentHashMap<>();
        Map<String, Long> lengths = new ConcurrentHashMap<>();
        forAll(source.entries(), entry -> {
            byte[] content = entry.read();
            tree.write(root + "/" + entry.path(), content);
            digests.put(entry.path(), sha256(content));
            lengths.put(entry.path(), (long) content.length);
        });
        vfs.sync();
        return new TreeCopy(
                root,
                digests,
                lengths.values().stream().mapToLong(Long::longValue).sum());
    }

    /** How many files there are. */
    int files() {
        return digests.size();
    }

    /** The length of all files together, in bytes. */
    long bytes() {
        return bytes;
    }

    /** Reads every file and compares it with what was written. */
    void verify(Vfs vfs) throws Exception {
        FileTree tree = FileTree.of(vfs);
        forAll(List.copyOf(digests.entrySet()), file -> {
            byte[] found = sha256(tree.read(root + "/" + file.getKey()));
            if (!MessageDigest.isEqual(found, file.getValue())) {
                throw new CheckFailure("file " + root + "/" + file.getKey() + " differs from what was written");
            }
        });
    }

    /** What is done with one item. */
    @FunctionalInterface
    private interface Action<T> {
        void run(T item) throws Exception;
    }

    /** Does it with all items, several at once; the first failure is thrown when all that was begun has ended. */
    private static <T> void forAll(List<T> items, Action<T> action) throws Exception {
        List<Future<?>> shares = new ArrayList<>();
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("demo-tree-", 1).factory())) {
            for (int share = 0; share < AT_ONCE; share++) {
                int first = share;
                shares.add(threads.submit(() -> {
                    for (int i = first; i < items.size(); i += AT_ONCE) {
                        action.run(items.get(i));
                    }
                    return null;
                }));
            }
        }
        for (Future<?> share : shares) {
            try {
                share.get();
            } catch (ExecutionException failure) {
                throw failure.getCause() instanceof Exception known ? known : failure;
            }
        }
    }

    private static byte[] sha256(byte[] content) throws IOException {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException missing) {
            throw new IOException("SHA-256 is part of every Java", missing);
        }
    }
}
