package dev.quoin.dlm.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps a directory for one user, by a lock on its file {@code lock}, which the system drops when the process ends. */
final class DirectoryLock implements AutoCloseable {

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DirectoryLock take(Path dir) throws IOException {
        try {
            Files.createDirectories(dir);
        } catch (IOException failure) {
            throw new IOException(
                    "the lock manager's directory " + dir + " cannot be made (" + failure
                            + "): give it a directory that this user may write",
                    failure);
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException failure) {
            throw new IOException(
                    "the lock manager's directory " + dir + " cannot be written (" + failure
                            + "): give it a directory that this user may write",
                    failure);
        }
        FileLock lock = tryLock(channel);
        if (lock == null) {
            channel.close();
            throw new IOException("the lock manager's directory " + dir
                    + " is in use by another peer: stop that one, or give this one another directory");
        }
        return new DirectoryLock(channel);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException inThisProcess) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
