package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.glock.Covered;
import dev.quoin.clusterfs.glock.Hold;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs.RenameMode;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Moves names. A move between directories holds the rename lock, so that no directory changes its place while the order of locking is
 * found: an ancestor before its descendant, else by number; then what is moved and what is replaced, by number.
 */
public final class RenameOps {

    private final FsCore fs;
    private final InodeTable inodes;
    private final NameOps names;

    RenameOps(FsCore fs, InodeTable inodes, NameOps names) {
        this.fs = fs;
        this.inodes = inodes;
        this.names = names;
    }

    /** One move. */
    private record Move(InodeId from, Name name, InodeId to, Name newName, RenameMode mode) {}

    /** See {@link dev.quoin.clusterfs.vfs.Vfs#rename}. */
    public void rename(InodeId from, Name name, InodeId to, Name newName, RenameMode mode) throws VfsException {
        Move move = new Move(from, name, to, newName, mode);
        if (from.equals(to)) {
            try (InodeHold held = inodes.hold(from, LockMode.EX)) {
                Directory directory = new Directory(fs, held.inode());
                moveIn(move, directory, directory, List.of(from), List.of(to));
            }
            return;
        }
        LockName lock = LockName.rename(fs.device().fsId());
        Hold only = fs.glocks().acquire(lock, () -> Covered.NOTHING, LockMode.EX);
        try {
            moveAcross(move);
        } finally {
            only.close();
        }
    }

    private void moveAcross(Move move) throws VfsException {
        List<InodeId> above = chain(move.from);
        List<InodeId> aboveTarget = chain(move.to);
        boolean fromFirst =
                aboveTarget.contains(move.from) || (!above.contains(move.to) && move.from.block() < move.to.block());
        try (InodeHold first = inodes.hold(fromFirst ? move.from : move.to, LockMode.EX);
                InodeHold second = inodes.hold(fromFirst ? move.to : move.from, LockMode.EX)) {
            Directory source = new Directory(fs, (fromFirst ? first : second).inode());
            Directory target = new Directory(fs, (fromFirst ? second : first).inode());
            moveIn(move, source, target, above, aboveTarget);
        }
    }

    /** A directory and all above it. Stable while the rename lock is held. */
    private List<InodeId> chain(InodeId directory) throws VfsException {
        List<InodeId> chain = new ArrayList<>();
        Set<InodeId> seen = new HashSet<>();
        for (InodeId at = directory; at != null; at = names.parent(at)) {
            if (!seen.add(at)) {
                throw new VfsException(Errno.EIO, "inode " + at + " is its own ancestor; unmount and run fsck");
            }
            chain.add(at);
        }
        return chain;
    }

    private void moveIn(Move move, Directory source, Directory target, List<InodeId> above, List<InodeId> aboveTarget)
            throws VfsException {
        DirectoryEntry moved = NameOps.require(source, move.name);
        DirectoryEntry replaced = target.find(move.newName.bytes());
        if (aboveTarget.contains(moved.inode())) {
            throw new VfsException(Errno.EINVAL, "directory \"" + move.name + "\" cannot become its own descendant");
        }
        if (replaced != null) {
            if (move.mode == RenameMode.NOREPLACE) {
                throw new VfsException(Errno.EEXIST, "\"" + move.newName + "\" exists in " + target.inode());
            }
            if (replaced.inode().equals(moved.inode())) {
                return;
            }
            checkTypes(moved, replaced, move);
            if (above.contains(replaced.inode())) {
                throw new VfsException(Errno.ENOTEMPTY, "directory \"" + move.newName + "\" has entries");
            }
        }
        lockAndMove(move, source, target, moved, replaced);
    }

    private static void checkTypes(DirectoryEntry moved, DirectoryEntry replaced, Move move) throws VfsException {
        boolean movesDirectory = moved.type() == FileType.DIRECTORY;
        boolean replacesDirectory = replaced.type() == FileType.DIRECTORY;
        if (movesDirectory && !replacesDirectory) {
            throw new VfsException(Errno.ENOTDIR, "\"" + move.newName + "\" is not a directory");
        }
        if (!movesDirectory && replacesDirectory) {
            throw new VfsException(Errno.EISDIR, "\"" + move.newName + "\" is a directory");
        }
    }

    private void lockAndMove(
            Move move, Directory source, Directory target, DirectoryEntry moved, @Nullable DirectoryEntry replaced)
            throws VfsException {
        if (replaced == null) {
            try (InodeHold child = inodes.hold(moved.inode(), LockMode.EX)) {
                apply(move, source, target, moved, null, child.inode(), null);
            }
            return;
        }
        boolean movedFirst = moved.inode().block() < replaced.inode().block();
        try (InodeHold first = inodes.hold(movedFirst ? moved.inode() : replaced.inode(), LockMode.EX);
                InodeHold second = inodes.hold(movedFirst ? replaced.inode() : moved.inode(), LockMode.EX)) {
            Inode child = (movedFirst ? first : second).inode();
            Inode victim = (movedFirst ? second : first).inode();
            if (victim.attributes().isDirectory() && new Directory(fs, victim).after(0) != null) {
                throw new VfsException(Errno.ENOTEMPTY, "directory \"" + move.newName + "\" has entries");
            }
            apply(move, source, target, moved, replaced, child, victim);
        }
    }

    private void apply(
            Move move,
            Directory source,
            Directory target,
            DirectoryEntry moved,
            @Nullable DirectoryEntry replaced,
            Inode child,
            @Nullable Inode victim)
            throws VfsException {
        boolean isDirectory = moved.type() == FileType.DIRECTORY;
        boolean changesParent = isDirectory && source.inode() != target.inode();
        if (changesParent && replaced == null) {
            NameOps.checkLinks(target.inode().attributes(), target.inode());
        }
        Set<Integer> frees = new TreeSet<>(source.groupsFreedBy(moved));
        FileCutter cutter = victim == null ? null : new FileCutter(fs, victim);
        boolean isLast = false;
        int own = 4 * source.tree().insertCost() + 4 * target.tree().insertCost() + 8;
        if (victim != null && cutter != null) {
            isLast = isDirectory || victim.attributes().links() == 1;
            if (isLast) {
                cutter.prepareToDie();
                frees.addAll(cutter.groupsToDie());
                own += cutter.creditsToDie();
            }
        }
        long key = replaced == null ? target.freeKey(move.newName.bytes()) : replaced.key();
        int want = replaced == null ? target.tree().insertCost() : 0;
        try (GroupSet groups =
                want == 0 ? fs.allocator().lock(frees) : fs.allocator().lock(frees, want, want)) {
            if (victim != null && isLast) {
                victim.pages().discard(0);
            }
            try (Transaction tx = fs.journal().begin(groups.credits() + own)) {
                Change change = new Change(tx, groups);
                source.remove(change, moved);
                if (replaced == null) {
                    target.insert(change, key, move.newName.bytes(), child.id(), moved.type());
                } else {
                    target.replace(change, replaced, child.id(), moved.type());
                }
                names.count(change, source.inode(), -1, changesParent || (isDirectory && victim != null) ? -1 : 0);
                names.count(change, target.inode(), replaced == null ? 1 : 0, changesParent && victim == null ? 1 : 0);
                if (victim != null && cutter != null) {
                    names.dropLink(change, victim, cutter, isLast);
                }
                Dinode now = child.attributes();
                InodeId parent = isDirectory ? target.inode().id() : null;
                child.update(change, now.withParent(parent, fs.now()));
                tx.commit();
            }
        }
    }
}
