package dev.quoin.tools.admin;

import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A file that is written under another name and gets its own when all of it is durable, so that a copy that breaks off leaves
 * what was there. Owned by one thread; blocking.
 */
final class IncomingFile {

    private final Vfs vfs;
    private final InodeId directory;
    private final Name name;
    private final Name temporary;
    private final InodeId file;
    private long length;
    private boolean ended;

    private IncomingFile(Vfs vfs, InodeId directory, Name name, Name temporary, InodeId file) {
        this.vfs = vfs;
        this.directory = directory;
        this.name = name;
        this.temporary = temporary;
        this.file = file;
    }

    /**
     * Begins a file.
     *
     * @param path absolute; its directory must exist
     * @param permissions of the new file
     */
    static IncomingFile begin(Vfs vfs, String path, int permissions) throws VfsException {
        String bare = path.replaceAll("/+$", "");
        if (bare.isEmpty() || bare.length() < path.length()) {
            throw new VfsException(Errno.EISDIR, path + " is a directory, the name of a file expected");
        }
        int slash = bare.lastIndexOf('/');
        InodeId directory = FileTree.of(vfs).resolve(bare.substring(0, slash + 1));
        Name temporary = Name.of(".quoin-cp-" + UUID.randomUUID());
        Name name = Name.of(bare.substring(slash + 1));
        InodeId file = vfs.create(Caller.ROOT, directory, temporary, permissions & 07777);
        return new IncomingFile(vfs, directory, name, temporary, file);
    }

    /** Adds to the file. */
    void write(ByteBuffer content) throws VfsException {
        while (content.hasRemaining()) {
            length += vfs.write(file, length, content);
        }
    }

    /** Gives the file its name, durably; returns its length in bytes. */
    long finish() throws VfsException {
        vfs.fsync(file);
        vfs.rename(directory, temporary, directory, name, Vfs.RenameMode.REPLACE);
        ended = true;
        vfs.fsync(file);
        return length;
    }

    /** Removes what was written, if it has not its name yet. Idempotent. */
    void abandon() throws VfsException {
        if (!ended) {
            ended = true;
            vfs.unlink(directory, temporary);
        }
    }
}
