package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.vfs.AttributeChange;
import dev.quoin.clusterfs.vfs.Attributes;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;
import java.nio.ByteBuffer;
import java.util.List;

/** Operations on one inode: attributes and content. Any thread; blocking. */
public final class FileOps {

    /** The largest file, in bytes. */
    public static final long SIZE_MAX = 1L << 55;

    private final FsCore fs;
    private final InodeTable inodes;

    FileOps(FsCore fs, InodeTable inodes) {
        this.fs = fs;
        this.inodes = inodes;
    }

    /** See {@link Vfs#getattr}. */
    public Attributes getattr(InodeId inode) throws VfsException {
        try (InodeHold held = inodes.hold(inode, LockMode.PR)) {
            return attributes(held.inode());
        }
    }

    private static Attributes attributes(Inode inode) throws VfsException {
        Dinode now = inode.attributes();
        return new Attributes(
                inode.id(),
                now.type(),
                now.permissions(),
                now.uid(),
                now.gid(),
                now.links(),
                now.size(),
                now.blocks(),
                now.mtime(),
                now.ctime(),
                now.btime(),
                now.atime(),
                now.device());
    }

    /** See {@link Vfs#setattr}. */
    public Attributes setattr(InodeId inode, AttributeChange wanted) throws VfsException {
        throttle();
        try (InodeHold held = inodes.hold(inode, LockMode.EX)) {
            Dinode old = held.inode().attributes();
            Integer permissions = wanted.permissions();
            if (permissions != null && (permissions & ~Dinode.PERMISSIONS_MAX) != 0) {
                throw new VfsException(Errno.EINVAL, "permissions 0" + Integer.toOctalString(permissions) + " found");
            }
            Long size = wanted.size();
            if (size != null) {
                checkSettable(held.inode(), old, size);
                resize(held.inode(), old, size);
            }
            if (permissions != null
                    || wanted.uid() != null
                    || wanted.gid() != null
                    || wanted.mtime() != null
                    || wanted.atime() != null) {
                set(held.inode(), wanted);
            }
            return attributes(held.inode());
        }
    }

    private static void checkSettable(Inode inode, Dinode old, long size) throws VfsException {
        if (old.isDirectory()) {
            throw new VfsException(Errno.EISDIR, inode + " is a directory and has no size to set");
        }
        if (old.type() != FileType.REGULAR || size < 0) {
            throw new VfsException(Errno.EINVAL, "size " + size + " cannot be set on " + inode);
        }
        if (size > SIZE_MAX) {
            throw new VfsException(Errno.EFBIG, "size " + size + " found, at most " + SIZE_MAX + " expected");
        }
    }

    private void resize(Inode inode, Dinode old, long size) throws VfsException {
        if (size > old.size()) {
            new FileWriter(fs, inode).grow(size);
        } else {
            new FileCutter(fs, inode).cut(size);
        }
    }

    private void set(Inode inode, AttributeChange wanted) throws VfsException {
        try (GroupSet none = fs.allocator().lock(List.of());
                Transaction tx = fs.journal().begin(1)) {
            Dinode old = inode.attributes();
            Integer permissions = wanted.permissions();
            Integer uid = wanted.uid();
            Integer gid = wanted.gid();
            Long mtime = wanted.mtime();
            Long atime = wanted.atime();
            long now = fs.now();
            Dinode changed = old.withOwner(
                            permissions == null ? old.permissions() : permissions,
                            uid == null ? old.uid() : uid,
                            gid == null ? old.gid() : gid,
                            now)
                    .withTimes(mtime == null ? old.mtime() : mtime, atime == null ? old.atime() : atime, now);
            inode.update(new Change(tx, none), changed);
            tx.commit();
        }
    }

    /** See {@link Vfs#read}. */
    public int read(InodeId inode, long offset, ByteBuffer target) throws VfsException {
        checkOffset(offset);
        try (InodeHold held = inodes.hold(inode, LockMode.PR)) {
            checkRegular(held.inode());
            int most = Math.min(target.remaining(), Vfs.TRANSFER_MAX);
            ByteBuffer part = target.slice(target.position(), most);
            int length = new FileReader(fs, held.inode()).read(offset, part);
            target.position(target.position() + length);
            return length;
        }
    }

    /** The content of a symbolic link: EINVAL if it is none. */
    public byte[] readlink(InodeId inode) throws VfsException {
        try (InodeHold held = inodes.hold(inode, LockMode.PR)) {
            Dinode attributes = held.inode().attributes();
            if (attributes.type() != FileType.SYMLINK || attributes.size() > Vfs.SYMLINK_MAX) {
                throw new VfsException(Errno.EINVAL, held.inode() + " is not a symbolic link");
            }
            ByteBuffer target = ByteBuffer.allocate((int) attributes.size());
            new FileReader(fs, held.inode()).read(0, target);
            return target.array();
        }
    }

    /** See {@link Vfs#write}. */
    public int write(InodeId inode, long offset, ByteBuffer source) throws VfsException {
        checkOffset(offset);
        throttle();
        try (InodeHold held = inodes.hold(inode, LockMode.EX)) {
            return write(held.inode(), offset, source);
        }
    }

    /** See {@link Vfs#append}. */
    public long append(InodeId inode, ByteBuffer source) throws VfsException {
        throttle();
        try (InodeHold held = inodes.hold(inode, LockMode.EX)) {
            long end = held.inode().attributes().size();
            write(held.inode(), end, source);
            return end;
        }
    }

    private int write(Inode inode, long offset, ByteBuffer source) throws VfsException {
        checkRegular(inode);
        byte[] bytes = new byte[Math.min(source.remaining(), Vfs.TRANSFER_MAX)];
        if (offset > SIZE_MAX - bytes.length) {
            throw new VfsException(Errno.EFBIG, "end " + offset + "+" + bytes.length + " found, at most " + SIZE_MAX);
        }
        source.get(source.position(), bytes);
        FileWriter writer = new FileWriter(fs, inode);
        int done = 0;
        try {
            while (done < bytes.length) {
                long at = offset + done;
                int piece = (int) Math.min(bytes.length - done, FileWriter.PIECE_MAX - at % FileWriter.PIECE_MAX);
                int written = writer.write(at, bytes, done, piece);
                done += written;
                if (written == 0) {
                    throw new VfsException(Errno.ENOSPC, "no space for a byte of " + inode + " at " + at);
                }
            }
        } catch (VfsException failure) {
            if (failure.errno() != Errno.ENOSPC || done == 0) {
                throw failure;
            }
        }
        source.position(source.position() + done);
        return done;
    }

    /** See {@link Vfs#fsync}. The hold makes a node that has unwritten changes of the inode write them first. */
    public void fsync(InodeId inode) throws VfsException {
        Inode synced;
        long group;
        try (InodeHold held = inodes.hold(inode, LockMode.PR)) {
            synced = held.inode();
            group = synced.touched();
        }
        fs.journal().data().write(List.of(synced.pages()));
        fs.journal().force(group);
        fs.device().flush();
    }

    /** Lets whoever makes pages dirty wait while there are too many. Before any lock is held. */
    private void throttle() throws VfsException {
        if (fs.budget().isOverDirty()) {
            fs.journal().force(Long.MAX_VALUE);
        }
    }

    private static void checkOffset(long offset) throws VfsException {
        if (offset < 0) {
            throw new VfsException(Errno.EINVAL, "offset " + offset + " found, not negative expected");
        }
    }

    private static void checkRegular(Inode inode) throws VfsException {
        Dinode attributes = inode.attributes();
        if (attributes.isDirectory()) {
            throw new VfsException(Errno.EISDIR, inode + " is a directory");
        }
        if (attributes.type() != FileType.REGULAR) {
            throw new VfsException(Errno.EINVAL, inode + " is a " + attributes.type() + " and has no content here");
        }
    }
}
