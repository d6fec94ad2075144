package dev.quoin.tools.demo;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A real tree of files to write: the project's own sources and the legal notices of the JDK, and where these are too few, the
 * sources of the JDK's classes, or on a JDK without sources the classes.
 *
 * <p>Nothing is read before {@link Entry#read}. Owned by one thread; entries may be read by any.
 */
final class SourceTree implements AutoCloseable {

    private static final Set<String> SKIPPED = Set.of(".git", "target", ".quoin-build", "node_modules");

    /** Files beyond this length are left out, in bytes. */
    private static final long FILE_LENGTH_MAX = 4 << 20;

    /** The most files of one origin. */
    private static final int FILES_MAX = 5_000;

    /**
     * One file.
     *
     * @param path relative, with slashes
     */
    record Entry(String path, Path source) {
        /** Its content. Blocking. */
        byte[] read() throws IOException {
            return Files.readAllBytes(source);
        }
    }

    private final List<Entry> entries;
    private final @Nullable FileSystem archive;

    private SourceTree(List<Entry> entries, @Nullable FileSystem archive) {
        this.entries = List.copyOf(entries);
        this.archive = archive;
    }

    /**
     * Finds the files. Blocking.
     *
     * @param home the project's directory, null if it is not known
     * @param javaHome the directory of the JDK
     * @param atLeast how many files are wanted
     */
    static SourceTree find(@Nullable Path home, Path javaHome, int atLeast) throws IOException {
        var found = new TreeMap<String, Path>();
        if (home != null) {
            collect(home, "quoin", FILES_MAX, found);
        }
        collect(javaHome.resolve("legal"), "legal", FILES_MAX, found);
        FileSystem archive = null;
        if (found.size() < atLeast) {
            Path sources = javaHome.resolve("lib").resolve("src.zip");
            if (Files.isReadable(sources)) {
                archive = FileSystems.newFileSystem(sources);
                collect(archive.getPath("/java.base"), "src", atLeast - found.size(), found);
            } else {
                FileSystem classes = FileSystems.getFileSystem(URI.create("jrt:/"));
                collect(classes.getPath("/modules/java.base"), "classes", atLeast - found.size(), found);
            }
        }
        var entries = new ArrayList<Entry>();
        for (Map.Entry<String, Path> file : found.entrySet()) {
            entries.add(new Entry(file.getKey(), file.getValue()));
        }
        return new SourceTree(entries, archive);
    }

    /** The files, by path. */
    List<Entry> entries() {
        return entries;
    }

    /** The directories that hold them, each after its parent. */
    List<String> directories() {
        return entries.stream()
                .map(Entry::path)
                .flatMap(path -> parents(path).stream())
                .distinct()
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    private static List<String> parents(String path) {
        var parents = new ArrayList<String>();
        for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
            parents.add(path.substring(0, slash));
        }
        return parents;
    }

    @Override
    public void close() throws IOException {
        if (archive != null) {
            archive.close();
        }
    }

    private static void collect(Path root, String prefix, int limit, Map<String, Path> found) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        int end = found.size() + limit;
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                Path name = directory.getFileName();
                return name != null && SKIPPED.contains(name.toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                // The JDK's notices are links to each other: what a link points to is a file all the same.
                if (Files.isRegularFile(file) && Files.isReadable(file) && attributes.size() <= FILE_LENGTH_MAX) {
                    found.put(prefix + "/" + root.relativize(file).toString().replace('\\', '/'), file);
                }
                return found.size() >= end ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                // What this user may not read is no part of the tree.
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
