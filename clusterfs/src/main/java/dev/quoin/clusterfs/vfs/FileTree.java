package dev.quoin.clusterfs.vfs;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files by path, for tools. A path is names between slashes, from the root; empty names are skipped. Symbolic links are not followed.
 *
 * <p>Any thread may use it; blocking. What it writes is durable after {@link Vfs#sync}.
 */
public final class FileTree {

    /** The largest file that {@link #read} returns whole, in bytes. */
    public static final int READ_MAX = 256 * 1024 * 1024;

    private static final int PIECE = 1024 * 1024;
    private static final int LIST_PIECE = 256;
    private static final int DIRECTORY_PERMISSIONS = 0755;
    private static final int FILE_PERMISSIONS = 0644;

    private final Vfs vfs;
    private final Caller caller;

    /** A tree whose new files belong to {@code caller}. */
    public FileTree(Vfs vfs, Caller caller) {
        this.vfs = vfs;
        this.caller = caller;
    }

    /** A tree of root's. */
    public static FileTree of(Vfs vfs) {
        return new FileTree(vfs, Caller.ROOT);
    }

    private static List<Name> names(String path) throws VfsException {
        List<Name> names = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty()) {
                names.add(Name.of(part));
            }
        }
        return names;
    }

    /** The inode of a path: ENOENT, ENOTDIR. */
    public InodeId resolve(String path) throws VfsException {
        return walk(names(path));
    }

    private InodeId walk(List<Name> names) throws VfsException {
        InodeId at = vfs.root();
        for (Name name : names) {
            at = vfs.lookup(at, name).inode();
        }
        return at;
    }

    /** The attributes of a path. */
    public Attributes status(String path) throws VfsException {
        return vfs.getattr(resolve(path));
    }

    /** Whether a path exists. */
    public boolean exists(String path) throws VfsException {
        try {
            resolve(path);
            return true;
        } catch (VfsException failure) {
            if (failure.errno() == Errno.ENOENT || failure.errno() == Errno.ENOTDIR) {
                return false;
            }
            throw failure;
        }
    }

    /** Makes a directory and those above it that do not exist. */
    public InodeId mkdirs(String path) throws VfsException {
        return mkdirs(names(path));
    }

    private InodeId mkdirs(List<Name> names) throws VfsException {
        InodeId at = vfs.root();
        for (Name name : names) {
            at = directory(at, name);
        }
        return at;
    }

    private InodeId directory(InodeId parent, Name name) throws VfsException {
        try {
            return vfs.lookup(parent, name).inode();
        } catch (VfsException missing) {
            if (missing.errno() != Errno.ENOENT) {
                throw missing;
            }
        }
        try {
            return vfs.mkdir(caller, parent, name, DIRECTORY_PERMISSIONS);
        } catch (VfsException raced) {
            if (raced.errno() != Errno.EEXIST) {
                throw raced;
            }
            return vfs.lookup(parent, name).inode();
        }
    }

    private InodeId openForWriting(String path) throws VfsException {
        List<Name> names = names(path);
        if (names.isEmpty()) {
            throw new VfsException(Errno.EISDIR, "\"" + path + "\" is the root directory");
        }
        InodeId parent = walk(names.subList(0, names.size() - 1));
        try {
            return vfs.create(caller, parent, names.getLast(), FILE_PERMISSIONS);
        } catch (VfsException exists) {
            if (exists.errno() != Errno.EEXIST) {
                throw exists;
            }
            return vfs.lookup(parent, names.getLast()).inode();
        }
    }

    /** Writes a whole file, replacing what it held; its directory must exist. */
    public InodeId write(String path, byte[] content) throws VfsException {
        InodeId file = openForWriting(path);
        if (vfs.getattr(file).size() > 0) {
            vfs.setattr(file, AttributeChange.size(0));
        }
        writeAll(file, 0, ByteBuffer.wrap(content));
        return file;
    }

    /** Writes a whole file from a stream, which it does not close; returns the number of bytes. */
    public long write(String path, InputStream content) throws IOException {
        InodeId file = openForWriting(path);
        vfs.setattr(file, AttributeChange.size(0));
        byte[] piece = new byte[PIECE];
        long offset = 0;
        for (int length = content.readNBytes(piece, 0, PIECE);
                length > 0;
                length = content.readNBytes(piece, 0, PIECE)) {
            writeAll(file, offset, ByteBuffer.wrap(piece, 0, length));
            offset += length;
        }
        return offset;
    }

    private void writeAll(InodeId file, long from, ByteBuffer content) throws VfsException {
        long offset = from;
        while (content.hasRemaining()) {
            offset += vfs.write(file, offset, content);
        }
    }

    /** Adds to the end of a file, which is made if it does not exist; at most {@link Vfs#TRANSFER_MAX} bytes, in one piece. */
    public long append(String path, byte[] content) throws VfsException {
        if (content.length > Vfs.TRANSFER_MAX) {
            throw new VfsException(
                    Errno.EINVAL, content.length + " bytes to append found, at most " + Vfs.TRANSFER_MAX + " expected");
        }
        InodeId file = openForWriting(path);
        ByteBuffer source = ByteBuffer.wrap(content);
        long offset = vfs.append(file, source);
        if (source.hasRemaining()) {
            throw new VfsException(
                    Errno.ENOSPC, source.remaining() + " of " + content.length + " bytes did not fit into " + path);
        }
        return offset;
    }

    /** Reads a whole file: EFBIG if it has more than {@link #READ_MAX} bytes. */
    public byte[] read(String path) throws VfsException {
        InodeId file = resolve(path);
        long size = vfs.getattr(file).size();
        if (size > READ_MAX) {
            throw new VfsException(Errno.EFBIG, path + " has " + size + " bytes, at most " + READ_MAX + " expected");
        }
        ByteBuffer target = ByteBuffer.allocate((int) size);
        while (target.hasRemaining() && vfs.read(file, target.position(), target) > 0) {
            // One call reads up to TRANSFER_MAX bytes.
        }
        byte[] content = new byte[target.position()];
        target.flip().get(content);
        return content;
    }

    /** Copies a file to a stream, which it does not close; returns the number of bytes. */
    public long read(String path, OutputStream target) throws IOException {
        InodeId file = resolve(path);
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        long offset = 0;
        for (int length = vfs.read(file, 0, piece); length > 0; length = vfs.read(file, offset, piece)) {
            target.write(piece.array(), 0, length);
            offset += length;
            piece.clear();
        }
        return offset;
    }

    /** The entries of a directory, sorted by name. */
    public List<Listing.Entry> list(String path) throws VfsException {
        List<Listing.Entry> all = new ArrayList<>(entries(resolve(path)));
        all.sort((one, other) -> java.util.Arrays.compareUnsigned(
                one.name().bytes(), other.name().bytes()));
        return all;
    }

    private List<Listing.Entry> entries(InodeId directory) throws VfsException {
        List<Listing.Entry> all = new ArrayList<>();
        Listing part = vfs.readdir(directory, 0, LIST_PIECE);
        all.addAll(part.entries());
        while (!part.complete() && !part.entries().isEmpty()) {
            part = vfs.readdir(directory, part.entries().getLast().cookie(), LIST_PIECE);
            all.addAll(part.entries());
        }
        return all;
    }

    /** Removes a file, a link or a directory with all below it. */
    public void remove(String path) throws VfsException {
        List<Name> names = names(path);
        if (names.isEmpty()) {
            throw new VfsException(Errno.EBUSY, "the root directory cannot be removed");
        }
        InodeId parent = walk(names.subList(0, names.size() - 1));
        remove(parent, names.getLast(), vfs.lookup(parent, names.getLast()));
    }

    private void remove(InodeId parent, Name name, Vfs.Found found) throws VfsException {
        if (found.type() != FileType.DIRECTORY) {
            vfs.unlink(parent, name);
            return;
        }
        for (Listing.Entry entry : entries(found.inode())) {
            remove(found.inode(), entry.name(), new Vfs.Found(entry.inode(), entry.type()));
        }
        vfs.rmdir(parent, name);
    }

    /** Copies a file or a tree of the machine into this file system; files that are neither regular nor directories are left out. */
    public void copyIn(Path from, String to) throws IOException {
        if (Files.isDirectory(from)) {
            mkdirs(to);
            try (var children = Files.newDirectoryStream(from)) {
                for (Path child : children) {
                    copyIn(child, to + "/" + child.getFileName());
                }
            }
        } else if (Files.isRegularFile(from)) {
            try (InputStream content = Files.newInputStream(from)) {
                write(to, content);
            }
        }
    }

    /** Copies a file or a tree of this file system to the machine; only regular files and directories. */
    public void copyOut(String from, Path to) throws IOException {
        FileType type = status(from).type();
        if (type == FileType.DIRECTORY) {
            Files.createDirectories(to);
            for (Listing.Entry entry : list(from)) {
                copyOut(from + "/" + entry.name(), to.resolve(entry.name().toString()));
            }
        } else if (type == FileType.REGULAR) {
            try (OutputStream target = Files.newOutputStream(to)) {
                read(from, target);
            }
        }
    }
}
