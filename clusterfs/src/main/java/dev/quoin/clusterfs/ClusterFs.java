package dev.quoin.clusterfs;

import dev.quoin.clusterfs.alloc.Allocator;
import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.DirectoryHash;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.glock.Covered;
import dev.quoin.clusterfs.glock.GlockTable;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.inode.FsCore;
import dev.quoin.clusterfs.inode.InodeStore;
import dev.quoin.clusterfs.inode.NewNode;
import dev.quoin.clusterfs.journal.Journal;
import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.store.PageBudget;
import dev.quoin.clusterfs.store.Withdrawal;
import dev.quoin.clusterfs.store.WriteLease;
import dev.quoin.clusterfs.vfs.AttributeChange;
import dev.quoin.clusterfs.vfs.Attributes;
import dev.quoin.clusterfs.vfs.Caller;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FsStatus;
import dev.quoin.clusterfs.vfs.Listing;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's mount of a file system that other nodes mount at the same time.
 *
 * <p><b>Locks.</b> The lock client's session is what fencing goes by: use it for nothing else that must outlive its end, and have one for each
 * mount. The locks of a session that ends otherwise than by a clean unmount stay held until some mount has fenced the node, replayed its
 * journal and declared so.
 *
 * <p><b>Withdrawal.</b> After a lost session or a failed write every operation fails with EIO. {@link #close} then leaves all locks held;
 * the session must end by expiry (see {@link #onWithdrawal}), not by {@link LockClient#close}, so that other nodes replay the journal before they touch anything.
 *
 * <p>Any thread may use it. The device and the lock client stay the caller's, who closes them after the mount.
 *
 * @since 0.1
 */
public final class ClusterFs implements Vfs, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterFs.class);

    private static final Duration RELEASE_WAIT = Duration.ofSeconds(60);

    private final FsDevice device;
    private final Withdrawal withdrawal;
    private final SlotOwner slotOwner;
    private final SlotOwner.Owned slot;
    private final Held mountLock;
    private final Journal journal;
    private final GlockTable glocks;
    private final InodeStore inodes;
    private final Allocator allocator;
    private final Housekeeping housekeeping;
    private final ScheduledExecutorService timer;
    private final Admission admission;
    private final InodeId root;

    private ClusterFs(FsDevice device, Lockspace lockspace, MountOptions options, Parts parts) throws VfsException {
        this.device = device;
        this.withdrawal = device.withdrawal();
        this.admission = new Admission(withdrawal, parts.lease);
        this.slotOwner = parts.slotOwner;
        this.slot = parts.slot;
        this.mountLock = parts.mountLock;
        this.journal = new Journal(device, slot.journal(), options.clock());
        this.timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform()
                .name("clusterfs-timer-" + slot.claim().slot())
                .daemon()
                .factory());
        this.glocks = new GlockTable(lockspace, withdrawal, this::settle, timer, options.minHold(), options.locksMax());
        this.allocator = new Allocator(device, glocks, journal, slot.claim().slot());
        Superblock superblock = device.superblock();
        PageBudget budget = new PageBudget(
                options.cachedBytesMax() / BlockHeader.BLOCK_SIZE, options.dirtyBytesMax() / BlockHeader.BLOCK_SIZE);
        DirectoryHash hash = new DirectoryHash(superblock.hashKey0(), superblock.hashKey1());
        this.inodes = new InodeStore(new FsCore(device, journal, glocks, allocator, budget, hash, options.clock()));
        this.root = new InodeId(superblock.rootBlock(), superblock.rootGeneration());
        this.housekeeping = new Housekeeping(timer, withdrawal);
        housekeeping.every(options.commitInterval(), this::commit);
        housekeeping.every(options.pollInterval(), parts.recovery::recoverEnded);
    }

    private record Parts(
            SlotOwner slotOwner, SlotOwner.Owned slot, Held mountLock, Recovery recovery, WriteLease lease) {}

    /**
     * Mounts. Recovers what dead nodes left first where that is possible at once, and goes on doing so. Blocking.
     *
     * @throws VfsException EINVAL if the device carries no such file system, EBUSY if no slot is free, EIO
     */
    public static ClusterFs mount(BlockDevice raw, LockClient client, MountOptions options) throws VfsException {
        Superblock superblock = readSuperblock(raw);
        Withdrawal withdrawal = new Withdrawal(raw.name() + " on " + client.node());
        WriteLease lease = new WriteLease(() -> client.isValidFor(options.writeMargin()));
        FsDevice device = new FsDevice(raw, superblock, lease, withdrawal);
        client.onLost(() -> withdrawal.withdraw("the lock session was lost"));
        Held mountLock = null;
        SlotOwner.Owned slot = null;
        boolean done = false;
        try {
            Lockspace lockspace = client.lockspace(
                    "clusterfs/" + Long.toHexString(superblock.fsId()), SessionEndPolicy.HOLD_UNTIL_RECOVERED);
            mountLock = lock(lockspace, LockName.mount(superblock.fsId()), LockMode.CR);
            Recovery recovery = new Recovery(device, client, lockspace, options.fenceAgent());
            SlotOwner owner = new SlotOwner(device, client, lockspace, recovery);
            owner.replayUnknown(options.slotWait());
            slot = owner.claim(options.slotWait());
            recovery.recoverEnded();
            ClusterFs mounted = new ClusterFs(
                    device,
                    lockspace,
                    options,
                    new Parts(
                            owner, slot, mountLock, recovery, new WriteLease(() -> client.isValidFor(Duration.ZERO))));
            LOG.info(
                    "file system mounted fs={} label={} node={} slot={}",
                    raw.name(),
                    superblock.label(),
                    client.node(),
                    slot.claim().slot());
            done = true;
            return mounted;
        } catch (DlmException failure) {
            throw new VfsException(Errno.EIO, raw.name() + ": the lock manager refused the mount", failure);
        } finally {
            if (!done) {
                withdrawal.end();
                // A slot that is claimed on the device is found by whoever mounts next; what must not stay is its lock.
                if (slot != null) {
                    slot.abandon();
                }
                if (mountLock != null) {
                    mountLock.close();
                }
            }
        }
    }

    private static Held lock(Lockspace lockspace, LockName name, LockMode mode) throws VfsException {
        LockOutcome outcome = lockspace.acquire(name.resource(), LockRequest.of(mode));
        if (outcome instanceof LockOutcome.Granted(Held held)) {
            return held;
        }
        throw new VfsException(Errno.EIO, "lock " + name + " not granted: " + outcome);
    }

    /** Reads the superblock of a device: EINVAL if there is none that can be used. Blocking. */
    public static Superblock readSuperblock(BlockDevice raw) throws VfsException {
        byte[] content;
        try {
            content = BlockIo.read(raw, FsLayout.SUPERBLOCK * BlockHeader.BLOCK_SIZE, BlockHeader.BLOCK_SIZE)
                    .array();
        } catch (DeviceException failure) {
            throw new VfsException(Errno.EIO, raw.name() + ": the superblock cannot be read", failure);
        }
        Superblock found = switch (Superblock.decode(content, FsLayout.SUPERBLOCK)) {
            case Decoded.Valid<Superblock>(Superblock superblock) -> superblock;
            case Decoded.Corrupt<Superblock> finding ->
                throw new VfsException(
                        Errno.EINVAL,
                        raw.name() + " carries no usable clusterfs: " + finding
                                + "; format it with mkfs, or run fsck if it had one");
        };
        long bytes = found.layout().blocks() * BlockHeader.BLOCK_SIZE;
        if (raw.geometry().size() < bytes) {
            throw new VfsException(
                    Errno.EINVAL,
                    raw.name() + " has " + raw.geometry().size() + " bytes, the file system on it " + bytes);
        }
        if (found.features().readOnlyCompatible() != 0) {
            throw new VfsException(
                    Errno.EROFS, raw.name() + " has features that this version can only read; use a newer version");
        }
        return found;
    }

    private void settle(List<Covered> covered) throws VfsException {
        List<FileData> data = new ArrayList<>();
        covered.forEach(one -> data.addAll(one.data()));
        journal.data().write(data);
        List<MetaBlock> blocks = new ArrayList<>();
        covered.forEach(one -> blocks.addAll(one.blocks()));
        journal.settle(blocks);
    }

    private void commit() throws VfsException {
        journal.force(Long.MAX_VALUE);
        if (journal.fill() > 0.5) {
            journal.checkpoint();
        }
        allocator.reclaim();
        glocks.trim();
        inodes.evict();
    }

    /**
     * Runs {@code listener} once if this mount withdraws, at once if it already has; it must not block. While the session of a withdrawn mount
     * lives, nobody gets at what it holds: let the session expire, as by ending the process.
     */
    public void onWithdrawal(Runnable listener) {
        withdrawal.listen(listener);
    }

    /** Whether this mount has withdrawn or was unmounted. */
    public boolean isWithdrawn() {
        return withdrawal.isWithdrawn();
    }

    /** The slot that this mount owns. */
    public int slot() {
        return slot.claim().slot();
    }

    /** What identifies and describes the file system. */
    public Superblock superblock() {
        return device.superblock();
    }

    @Override
    public InodeId root() {
        return root;
    }

    @Override
    public Found lookup(InodeId directory, Name name) throws VfsException {
        return admission.run(() -> inodes.names().lookup(directory, name));
    }

    @Override
    public InodeId parent(InodeId directory) throws VfsException {
        return admission.run(() -> {
            InodeId parent = inodes.names().parent(directory);
            return parent == null ? root : parent;
        });
    }

    @Override
    public Attributes getattr(InodeId inode) throws VfsException {
        return admission.run(() -> inodes.files().getattr(inode));
    }

    @Override
    public Attributes setattr(InodeId inode, AttributeChange change) throws VfsException {
        return admission.run(() -> inodes.files().setattr(inode, change));
    }

    @Override
    public int read(InodeId inode, long offset, ByteBuffer target) throws VfsException {
        int length = admission.run(() -> inodes.files().read(inode, offset, target));
        inodes.evict();
        return length;
    }

    @Override
    public int write(InodeId inode, long offset, ByteBuffer source) throws VfsException {
        int length = admission.run(() -> inodes.files().write(inode, offset, source));
        inodes.evict();
        return length;
    }

    @Override
    public long append(InodeId inode, ByteBuffer source) throws VfsException {
        return admission.run(() -> inodes.files().append(inode, source));
    }

    @Override
    public InodeId create(Caller caller, InodeId directory, Name name, int permissions) throws VfsException {
        return make(directory, name, FileType.REGULAR, permissions, caller, 0, new byte[0]);
    }

    @Override
    public InodeId mknod(Caller caller, InodeId directory, Name name, FileType type, int permissions, int number)
            throws VfsException {
        if (type == FileType.DIRECTORY || type == FileType.SYMLINK) {
            throw new VfsException(Errno.EINVAL, type + " found, a file type other than directory and link expected");
        }
        return make(directory, name, type, permissions, caller, number, new byte[0]);
    }

    @Override
    public InodeId mkdir(Caller caller, InodeId directory, Name name, int permissions) throws VfsException {
        return make(directory, name, FileType.DIRECTORY, permissions, caller, 0, new byte[0]);
    }

    @Override
    public InodeId symlink(Caller caller, InodeId directory, Name name, byte[] target) throws VfsException {
        if (target.length == 0) {
            throw new VfsException(Errno.EINVAL, "an empty target of a symbolic link");
        }
        if (target.length > SYMLINK_MAX) {
            throw new VfsException(
                    Errno.ENAMETOOLONG, "target of " + target.length + " bytes found, at most " + SYMLINK_MAX);
        }
        return make(directory, name, FileType.SYMLINK, 0777, caller, 0, target.clone());
    }

    private InodeId make(
            InodeId directory, Name name, FileType type, int permissions, Caller caller, int number, byte[] content)
            throws VfsException {
        NewNode node = new NewNode(type, permissions & 07777, caller.uid(), caller.gid(), number, content);
        return admission.run(() -> inodes.names().create(directory, name, node));
    }

    @Override
    public byte[] readlink(InodeId inode) throws VfsException {
        return admission.run(() -> inodes.files().readlink(inode));
    }

    @Override
    public void link(InodeId inode, InodeId directory, Name name) throws VfsException {
        admission.perform(() -> inodes.names().link(inode, directory, name));
    }

    @Override
    public void unlink(InodeId directory, Name name) throws VfsException {
        admission.perform(() -> inodes.names().unlink(directory, name));
    }

    @Override
    public void rmdir(InodeId directory, Name name) throws VfsException {
        admission.perform(() -> inodes.names().rmdir(directory, name));
    }

    @Override
    public void rename(InodeId from, Name name, InodeId to, Name newName, RenameMode mode) throws VfsException {
        admission.perform(() -> inodes.renames().rename(from, name, to, newName, mode));
    }

    @Override
    public Listing readdir(InodeId directory, long cookie, int max) throws VfsException {
        if (cookie < 0 || max < 1) {
            throw new VfsException(
                    Errno.EINVAL, "cookie " + cookie + " and " + max + " entries found, 0 and 1 at least");
        }
        return admission.run(() -> inodes.names().list(directory, cookie, max));
    }

    @Override
    public void fsync(InodeId inode) throws VfsException {
        admission.perform(() -> inodes.files().fsync(inode));
    }

    @Override
    public void sync() throws VfsException {
        admission.perform(() -> journal.force(Long.MAX_VALUE));
    }

    @Override
    public FsStatus statfs() throws VfsException {
        return admission.run(allocator::status);
    }

    /**
     * Unmounts: waits for operations under way, puts everything in place, marks the slot clean and releases the locks. After a withdrawal it
     * only stops. Blocking; idempotent.
     *
     * @throws IOException if not everything could be written; other nodes will recover this mount once its session has ended
     */
    @Override
    public void close() throws IOException {
        if (!admission.close()) {
            return;
        }
        housekeeping.stop();
        try {
            withdrawal.check();
            journal.force(Long.MAX_VALUE);
            if (!glocks.releaseAll(RELEASE_WAIT)) {
                withdrawal.withdraw("locks could not be released at the unmount");
                throw withdrawal.failure();
            }
            journal.checkpoint();
            slotOwner.release(slot);
            mountLock.close();
            withdrawal.end();
            LOG.info(
                    "file system unmounted fs={} slot={}",
                    device.name(),
                    slot.claim().slot());
        } finally {
            timer.shutdownNow();
        }
    }
}
