package dev.quoin.clusterfs.alloc;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.GroupHeader;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.glock.Covered;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.journal.Journal;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One resource group in memory. Everything but {@link #freeHint} and {@link #reclaim} needs a hold of the group's lock, changes need EX and a
 * transaction.
 */
public final class ResourceGroup implements Covered {

    /**
     * Blocks that were allocated together.
     *
     * @param start the first
     * @param length how many, at least 1
     */
    public record Run(long start, int length) {}

    /** A block for a new inode, and its name. */
    public record NewInode(MetaBlock block, InodeId id) {}

    private final FsDevice device;
    private final Journal journal;
    private final int index;
    private final long start;
    private final int length;
    private final LockName lock;
    private final PendingFrees pending = new PendingFrees();

    private @Nullable MetaBlock header;
    private List<MetaBlock> bitmaps = List.of();
    private GroupHeader fields = new GroupHeader(0, 0, 0, 0, 0, 0);
    private int metaCursor;
    private int dataCursor;
    private volatile int freeHint = Integer.MAX_VALUE;
    private volatile int inodeHint;

    ResourceGroup(FsDevice device, Journal journal, int index) {
        FsLayout layout = device.layout();
        this.device = device;
        this.journal = journal;
        this.index = index;
        this.start = layout.groupStart(index);
        this.length = layout.groupLength(index);
        this.lock = LockName.group(device.fsId(), index);
        this.metaCursor = layout.groupOverhead(index);
        this.dataCursor = metaCursor + length / 8;
    }

    LockName lock() {
        return lock;
    }

    /** The number of the group. */
    public int index() {
        return index;
    }

    /** How many blocks were free when last heard of; the maximum if never. */
    public int freeHint() {
        return freeHint;
    }

    /** How many inodes there were when last heard of. */
    public int inodeHint() {
        return inodeHint;
    }

    /** Reads the group if it is not in memory. */
    void load() throws VfsException {
        if (header != null) {
            return;
        }
        byte[] content = device.read(start);
        GroupHeader read = device.trust(start, GroupHeader.decode(content, device.fsId(), device.layout(), index));
        List<MetaBlock> read2 = new ArrayList<>();
        for (int i = 0; i < device.layout().bitmapBlocks(index); i++) {
            read2.add(MetaBlock.read(device, start + 1 + i, BlockType.GROUP_BITMAP, start));
        }
        bitmaps = read2;
        header = MetaBlock.of(start, BlockType.GROUP_HEADER, content);
        setFields(read);
    }

    /** Looks at the header without a lock, for the hint only. */
    void peek() {
        try {
            byte[] content = device.read(start);
            if (GroupHeader.decode(content, device.fsId(), device.layout(), index)
                    instanceof Decoded.Valid<GroupHeader>(GroupHeader seen)) {
                freeHint = seen.free();
                inodeHint = seen.inodes();
            }
        } catch (VfsException unreadable) {
            // A hint that cannot be read stays as it was; whoever needs the group will see the error.
        }
    }

    /** How many blocks can be allocated now. */
    int usable() {
        return fields.free() - pending.count();
    }

    /** The state of a block of this group. */
    public BlockState state(long block) {
        int at = (int) (block - start);
        return GroupBitmap.get(bitmap(at).content(), at % GroupBitmap.ENTRIES);
    }

    /** Takes up to {@code want} consecutive data blocks, near {@code goal} if that is in this group. At least one must be usable. */
    public Run allocateData(Transaction tx, long goal, int want) {
        int from = goal >= start && goal < start + length ? (int) (goal - start) : dataCursor;
        int at = findFree(from);
        int count = runAt(at, want);
        mark(tx, at, count, BlockState.DATA);
        dataCursor = at + count;
        return new Run(start + at, count);
    }

    /** Takes a block for a tree node of {@code owner}. At least one must be usable. */
    public MetaBlock allocateNode(Transaction tx, BlockType type, long owner) {
        int at = takeMeta(tx, BlockState.METADATA);
        return MetaBlock.create(device, start + at, type, owner, fields.versionFloor());
    }

    /** Takes a block for an inode. At least one must be usable. */
    public NewInode allocateInode(Transaction tx) {
        int at = takeMeta(tx, BlockState.DINODE);
        int generation = fields.generation() + 1;
        setFields(
                new GroupHeader(index, length, fields.free(), fields.inodes() + 1, generation, fields.versionFloor()));
        long address = start + at;
        return new NewInode(
                MetaBlock.create(device, address, BlockType.DINODE, address, fields.versionFloor()),
                new InodeId(address, generation));
    }

    private int takeMeta(Transaction tx, BlockState state) {
        int at = findFree(metaCursor);
        mark(tx, at, 1, state);
        metaCursor = at + 1;
        return at;
    }

    /** Frees data blocks; they can be taken again once the transaction is durable. */
    public void freeData(Transaction tx, long block, int count) {
        int at = (int) (block - start);
        mark(tx, at, count, BlockState.FREE);
        pending.add(at, count);
        tx.onDurable(() -> pending.remove(at, count));
    }

    /** Frees a tree node. */
    public void freeNode(Transaction tx, MetaBlock block) {
        raiseFloor(block.version());
        tx.forget(block);
        freeData(tx, block.address(), 1);
    }

    /**
     * Frees an inode that the same transaction has marked as dead.
     *
     * @param onSettled run when the dead inode is in place and the block can be taken again; must not block
     */
    public void freeInode(Transaction tx, MetaBlock block, Runnable onSettled) {
        raiseFloor(block.version() + 1);
        int at = (int) (block.address() - start);
        mark(tx, at, 1, BlockState.FREE);
        setFields(new GroupHeader(
                index, length, fields.free(), fields.inodes() - 1, fields.generation(), fields.versionFloor()));
        pending.addDead(at, block, onSettled);
    }

    /** Lets the blocks of dead inodes go that are in place. Needs no hold. */
    void reclaim() {
        pending.reclaim(journal::isSettled);
    }

    boolean hasPending() {
        return pending.count() > 0;
    }

    private void raiseFloor(long version) {
        if (version > fields.versionFloor()) {
            fields = new GroupHeader(index, length, fields.free(), fields.inodes(), fields.generation(), version);
        }
    }

    private void mark(Transaction tx, int at, int count, BlockState state) {
        for (int i = at; i < at + count; i++) {
            MetaBlock bitmap = bitmap(i);
            if (i == at || i % GroupBitmap.ENTRIES == 0) {
                tx.change(bitmap);
            }
            GroupBitmap.set(bitmap.content(), i % GroupBitmap.ENTRIES, state);
        }
        tx.change(loadedHeader());
        int change = state == BlockState.FREE ? count : -count;
        setFields(new GroupHeader(
                index, length, fields.free() + change, fields.inodes(), fields.generation(), fields.versionFloor()));
    }

    private void setFields(GroupHeader changed) {
        fields = changed;
        freeHint = changed.free();
        inodeHint = changed.inodes();
        changed.encode(loadedHeader().content());
    }

    private MetaBlock loadedHeader() {
        MetaBlock loaded = header;
        if (loaded == null) {
            throw new IllegalStateException("resource group " + index + " is not loaded");
        }
        return loaded;
    }

    private MetaBlock bitmap(int at) {
        return bitmaps.get(at / GroupBitmap.ENTRIES);
    }

    /** The first usable block from {@code from} on, going round. */
    private int findFree(int from) {
        int first = device.layout().groupOverhead(index);
        int begin = from < first || from >= length ? first : from;
        int found = scan(begin, length);
        if (found < 0) {
            found = scan(first, begin);
        }
        if (found < 0) {
            throw new IllegalStateException(
                    "resource group " + index + " has no usable block and was said to have one");
        }
        return found;
    }

    private int scan(int from, int to) {
        int at = from;
        while (at < to) {
            int base = at - at % GroupBitmap.ENTRIES;
            int end = Math.min(to - base, GroupBitmap.ENTRIES);
            int free = GroupBitmap.nextFree(bitmap(at).content(), at - base, end);
            if (free < 0) {
                at = base + GroupBitmap.ENTRIES;
            } else if (pending.nextClear(base + free) == base + free) {
                return base + free;
            } else {
                at = pending.nextClear(base + free);
            }
        }
        return -1;
    }

    private int runAt(int at, int want) {
        int base = at - at % GroupBitmap.ENTRIES;
        int end = Math.min(length - base, GroupBitmap.ENTRIES);
        int free = GroupBitmap.freeRun(bitmap(at).content(), at - base, end, want);
        return Math.min(free, pending.next(at) - at);
    }

    @Override
    public Collection<FileData> data() {
        return List.of();
    }

    @Override
    public Collection<MetaBlock> blocks() {
        if (header == null) {
            return List.of();
        }
        List<MetaBlock> all = new ArrayList<>(bitmaps);
        all.add(header);
        all.addAll(pending.dead());
        return all;
    }

    @Override
    public ValueBlock value() {
        MetaBlock loaded = header;
        if (loaded == null) {
            return ValueBlock.EMPTY;
        }
        return ValueBlock.of(ByteBuffer.allocate(12)
                .putLong(loaded.version())
                .putInt(fields.free())
                .array());
    }

    @Override
    public void granted(ValueBlock value) {
        MetaBlock loaded = header;
        byte[] bytes = value.bytes();
        boolean current = loaded != null
                && value.isValid()
                && bytes.length == 12
                && ByteBuffer.wrap(bytes).getLong() == loaded.version();
        if (!current) {
            header = null;
            bitmaps = List.of();
        }
    }

    @Override
    public String toString() {
        return "resource group " + index + " at block " + start + " of " + BlockHeader.BLOCK_SIZE + "-byte blocks";
    }
}
