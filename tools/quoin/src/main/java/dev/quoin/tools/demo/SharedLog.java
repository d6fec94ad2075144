package dev.quoin.tools.demo;

import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Vfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** A file to which several nodes append in turn, and all that it must hold. Blocking. Owned by one thread. */
final class SharedLog {

    private final String path;
    private final StringBuilder expected = new StringBuilder();
    private int lines;

    SharedLog(String path) {
        this.path = path;
    }

    /** Lets the nodes append {@code count} lines, one after the other. */
    void append(List<Vfs> nodes, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            int node = lines % nodes.size();
            String line = String.format(Locale.ROOT, "line %04d by node %d%n", lines, node);
            FileTree.of(nodes.get(node)).append(path, line.getBytes(StandardCharsets.UTF_8));
            expected.append(line);
            lines++;
        }
    }

    /** Reads the file and compares it with all lines. */
    void verify(Vfs node) throws IOException, CheckFailure {
        String found = new String(FileTree.of(node).read(path), StandardCharsets.UTF_8);
        if (!found.contentEquals(expected)) {
            long there = found.lines().count();
            throw new CheckFailure("file " + path + ": " + there + " lines found that are not the " + lines
                    + " lines that were appended");
        }
    }
}
