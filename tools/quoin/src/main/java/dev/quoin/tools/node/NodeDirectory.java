package dev.quoin.tools.node;

import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The directory that belongs to one node while it runs. A lock on the file {@code lock} in it keeps a second process out, also
 * after a crash: the operating system takes the lock away when the process ends, however it ends.
 *
 * <p>Nothing is written before the lock is held, but the lock file itself.
 */
public final class NodeDirectory implements AutoCloseable {

    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel channel;

    private NodeDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Makes the directory if there is none, and takes it. Blocking.
     *
     * @param spaceNeeded how many bytes must be free on its file system
     * @throws Fault if it cannot be made or written, has too little space, or is used by another process
     */
    public static NodeDirectory open(Path path, long spaceNeeded) throws Fault {
        make(path);
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw inUse(path, channel);
            }
            long free = Files.getFileStore(path).getUsableSpace();
            if (free < spaceNeeded) {
                throw new Fault(
                        ExitCode.FAILED,
                        "directory " + path,
                        ByteSize.format(free) + " free found, at least " + ByteSize.format(spaceNeeded) + " expected",
                        "free some space, or name a directory elsewhere with --dir");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            return new NodeDirectory(path, channel);
        } catch (IOException failure) {
            close(channel);
            throw unusable(path, failure);
        } catch (Fault fault) {
            close(channel);
            throw fault;
        }
    }

    /** The directory. */
    public Path path() {
        return path;
    }

    /** The path of {@code name} in the directory. */
    public Path resolve(String name) {
        return path.resolve(name);
    }

    /** As {@link #close}, for when something else has failed already. */
    public void closeQuietly() {
        close(channel);
    }

    /** Lets other processes have it. Idempotent. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void make(Path path) throws Fault {
        try {
            if (!Files.exists(path)) {
                Path parent = path.getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                // What is in it is the user's data and the token that opens the node.
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (FileAlreadyExistsException raced) {
            // Another process made it, or a part of the path is a file: the check below tells which.
        } catch (IOException failure) {
            throw unusable(path, failure);
        }
        if (!Files.isDirectory(path)) {
            throw Fault.usage(
                    "directory " + path, "something else than a directory found", "name another place with --dir");
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException ours) {
            return null;
        }
    }

    private static Fault inUse(Path path, FileChannel channel) throws IOException {
        var text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String pid = StandardCharsets.US_ASCII.decode(text.flip()).toString().strip();
        return Fault.conflict(
                "directory " + path,
                "in use by process " + (pid.isEmpty() ? "unknown" : pid) + ", a free directory expected",
                "stop that process (Ctrl-C in its terminal), or name another directory with --dir");
    }

    private static Fault unusable(Path path, IOException failure) {
        String reason = failure instanceof AccessDeniedException denied
                ? "no permission to write " + denied.getFile()
                : String.valueOf(failure);
        return Fault.failed(
                "directory " + path,
                "cannot be used: " + reason,
                "correct its permissions, or name another directory with --dir",
                failure);
    }

    private static void close(@Nullable FileChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
