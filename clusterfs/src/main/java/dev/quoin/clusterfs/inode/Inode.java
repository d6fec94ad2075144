package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.glock.Covered;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One inode in memory: its block, the tree nodes and pages that were read. Guarded by its cluster lock: reading needs a shared hold,
 * changes an exclusive one and a transaction.
 */
final class Inode implements Covered {

    private final FsCore fs;
    private final InodeId id;
    private final FileData data;
    private final Map<Long, MetaBlock> nodes = new ConcurrentHashMap<>();
    private volatile @Nullable MetaBlock block;
    private volatile boolean dead;
    private volatile long touched;
    private volatile long nextRead;

    Inode(FsCore fs, InodeId id) {
        this.fs = fs;
        this.id = id;
        this.data = new FileData(fs.budget());
    }

    /** An inode that was just allocated. */
    Inode(FsCore fs, InodeId id, MetaBlock block) {
        this(fs, id);
        this.block = block;
    }

    InodeId id() {
        return id;
    }

    LockName lock() {
        return LockName.inode(fs.device().fsId(), id);
    }

    /** The pages in memory. */
    FileData pages() {
        return data;
    }

    /** The last transaction group with a change of this inode. */
    long touched() {
        return touched;
    }

    /** Where a read that goes on from the last one would begin. */
    long nextRead() {
        return nextRead;
    }

    void nextRead(long offset) {
        nextRead = offset;
    }

    /** Reads the inode if it is not in memory: ESTALE if it does not exist any more. */
    void load() throws VfsException {
        if (dead) {
            throw stale();
        }
        if (block != null) {
            return;
        }
        if (!fs.device().layout().isAllocatable(id.block())) {
            throw stale();
        }
        byte[] content = fs.device().read(id.block());
        switch (Dinode.decode(content, fs.device().fsId(), id.block())) {
            case Decoded.Valid<Dinode>(Dinode found) -> {
                if (found.generation() != id.generation() || found.links() == 0) {
                    throw stale();
                }
                block = MetaBlock.of(id.block(), BlockType.DINODE, content);
            }
            case Decoded.Corrupt<Dinode> finding -> {
                // A freed inode's block may hold anything by now; only in a block that is in use this is damage.
                if (fs.allocator().state(id.block()) != BlockState.DINODE) {
                    throw stale();
                }
                throw fs.device().corrupt(id.block(), finding);
            }
        }
    }

    private VfsException stale() {
        return new VfsException(Errno.ESTALE, "inode " + id + " does not exist any more; look its name up again");
    }

    /** The block with the inode. */
    MetaBlock block() {
        MetaBlock loaded = block;
        if (loaded == null) {
            throw new IllegalStateException("inode " + id + " is not loaded");
        }
        return loaded;
    }

    /** The attributes. */
    Dinode attributes() throws VfsException {
        return fs.device().trust(id.block(), Dinode.decodeBody(block().content()));
    }

    /** Notes that a block of this inode changes. */
    void touch(Change change, MetaBlock changed) {
        touched = change.tx().group();
        change.tx().change(changed);
    }

    /** Stores attributes. */
    void update(Change change, Dinode attributes) {
        touch(change, block());
        attributes.encode(block().content());
    }

    /** The tree node at an address. */
    MetaBlock node(long address, BlockType type) throws VfsException {
        MetaBlock known = nodes.get(address);
        if (known != null) {
            return known;
        }
        if (!fs.device().layout().isAllocatable(address)) {
            throw new VfsException(Errno.EIO, "inode " + id + " points to block " + address + " outside all groups");
        }
        MetaBlock read = MetaBlock.read(fs.device(), address, type, id.block());
        MetaBlock raced = nodes.putIfAbsent(address, read);
        return raced == null ? read : raced;
    }

    /** Allocates a tree node and counts it among the inode's blocks. */
    MetaBlock newNode(Change change, BlockType type) throws VfsException {
        MetaBlock made = change.groups().source().allocateNode(change.tx(), type, id.block());
        nodes.put(made.address(), made);
        touch(change, made);
        countBlocks(change, 1);
        return made;
    }

    /** Frees a tree node and counts it out. */
    void freeNode(Change change, MetaBlock node) throws VfsException {
        countBlocks(change, -1);
        nodes.remove(node.address());
        touched = change.tx().group();
        change.groups().of(node.address()).freeNode(change.tx(), node);
    }

    private void countBlocks(Change change, long more) throws VfsException {
        Dinode now = attributes();
        update(change, now.withBlocks(now.blocks() + more));
    }

    /** Marks the inode as dead and frees its block; its tree and data are freed already. */
    void die(Change change, Dinode last) {
        update(change, last);
        dead = true;
        change.groups()
                .of(id.block())
                .freeInode(change.tx(), block(), () -> fs.glocks().release(lock()));
    }

    @Override
    public Collection<FileData> data() {
        return List.of(data);
    }

    @Override
    public Collection<MetaBlock> blocks() {
        MetaBlock loaded = block;
        if (loaded == null) {
            return List.of();
        }
        List<MetaBlock> all = new ArrayList<>(nodes.values());
        all.add(loaded);
        return all;
    }

    /** The version of the inode's block: every change of the inode, its tree or its content raises it. */
    @Override
    public ValueBlock value() {
        MetaBlock loaded = block;
        return loaded == null
                ? ValueBlock.EMPTY
                : ValueBlock.of(ByteBuffer.allocate(8).putLong(loaded.version()).array());
    }

    @Override
    public void granted(ValueBlock value) {
        MetaBlock loaded = block;
        byte[] bytes = value.bytes();
        boolean current = loaded != null
                && value.isValid()
                && bytes.length == 8
                && ByteBuffer.wrap(bytes).getLong() == loaded.version();
        if (!current) {
            block = null;
            nodes.clear();
            data.clear();
        }
    }

    @Override
    public String toString() {
        return "inode " + id + " in a block of " + BlockHeader.BLOCK_SIZE + " bytes";
    }
}
