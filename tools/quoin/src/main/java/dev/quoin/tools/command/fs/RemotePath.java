package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.FilePath;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path in a cluster file system as it is written on the command line: {@code VOLUME:/path}, or {@code /path} where only a
 * cluster path makes sense and the node has one file system.
 *
 * @param volume the volume of the file system; empty is the only one
 * @param path absolute
 */
record RemotePath(String volume, String path) {

    private static final Pattern FORM = Pattern.compile("(?:([A-Za-z0-9][A-Za-z0-9_.-]*):)?(/.*)");

    /** Reads a path; empty if it is none. */
    static Optional<RemotePath> parse(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches()
                ? Optional.of(new RemotePath(form.group(1) == null ? "" : form.group(1), form.group(2)))
                : Optional.empty();
    }

    /** The last name of the path, empty for the root. */
    String fileName() {
        String bare = path.replaceAll("/+$", "");
        return bare.substring(bare.lastIndexOf('/') + 1);
    }

    /** The path below this one. */
    RemotePath resolve(String name) {
        return new RemotePath(volume, path.endsWith("/") ? path + name : path + "/" + name);
    }

    /** The path as the protocol carries it. */
    FilePath toMessage(String node) {
        return FilePath.newBuilder()
                .setVolume(volume)
                .setPath(path)
                .setNode(node)
                .build();
    }

    @Override
    public String toString() {
        return volume.isEmpty() ? path : volume + ":" + path;
    }
}
