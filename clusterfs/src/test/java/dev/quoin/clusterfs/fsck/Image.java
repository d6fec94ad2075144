package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.DirectoryHash;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.GroupHeader;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.disk.JournalCommit;
import dev.quoin.clusterfs.disk.JournalDescriptor;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.Le;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.disk.TreeNode;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory, made block by block from the format alone, and the means to damage it. What it makes is sound until a
 * test changes it; the allocation is the simplest there is.
 */
final class Image {

    static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    static final FsLayout LAYOUT = new FsLayout(17 + 2 + 2 * 256 + 5 * 320 + 1, 2, 256, 320);
    static final int LEAF_RECORDS = 20;

    final MemoryDevice device;
    final Superblock superblock;
    final long root;
    private final List<Long> metadata = new ArrayList<>();

    Image() {
        device = new MemoryDevice("memory:image", 512, LAYOUT.blocks() * 4096);
        root = LAYOUT.groupStart(0) + LAYOUT.groupOverhead(0);
        superblock = new Superblock(ID, LAYOUT, root, 1, Superblock.Features.NONE, 1, 11, 12, "test");
        put(FsLayout.SUPERBLOCK, superblock.encode(FsLayout.SUPERBLOCK));
        put(LAYOUT.lastCopy(), superblock.encode(LAYOUT.lastCopy()));
        for (int slot = 0; slot < LAYOUT.slots(); slot++) {
            put(LAYOUT.claimBlock(slot), SlotClaim.unused(slot).encode(fsId(), LAYOUT));
            put(LAYOUT.journalStart(slot), new JournalHeader(slot, 1, 0, 1).encode(fsId(), LAYOUT));
        }
        for (int group = 0; group < LAYOUT.groups(); group++) {
            makeGroup(group);
        }
        allocate(0, BlockState.DINODE);
        inode(root, null, FileType.DIRECTORY, 2);
    }

    private void makeGroup(int group) {
        long start = LAYOUT.groupStart(group);
        int overhead = LAYOUT.groupOverhead(group);
        int length = LAYOUT.groupLength(group);
        GroupHeader header = new GroupHeader(group, length, length - overhead, 0, 0, 0);
        byte[] block = new byte[4096];
        new BlockHeader(BlockType.GROUP_HEADER, fsId(), start, 0, 1, BlockHeader.NO_SLOT).encode(block);
        header.encode(block);
        put(start, sealed(block));
        byte[] bitmap = new byte[4096];
        new BlockHeader(BlockType.GROUP_BITMAP, fsId(), start + 1, start, 1, BlockHeader.NO_SLOT).encode(bitmap);
        for (int i = 0; i < GroupBitmap.ENTRIES; i++) {
            GroupBitmap.set(bitmap, i, i < overhead || i >= length ? BlockState.METADATA : BlockState.FREE);
        }
        put(start + 1, sealed(bitmap));
        if (FsLayout.hasCopy(group)) {
            put(LAYOUT.copyBlock(group), superblock.encode(LAYOUT.copyBlock(group)));
        }
    }

    long fsId() {
        return superblock.fsId();
    }

    FsckReport check() {
        return Checker.check(device);
    }

    /** The addresses of all live metadata blocks. */
    List<Long> metadata() {
        return metadata;
    }

    // Raw blocks.

    byte[] get(long block) {
        try {
            return BlockIo.read(device, block * 4096, 4096).array();
        } catch (DeviceException impossible) {
            throw new AssertionError(impossible);
        }
    }

    void put(long block, byte[] content) {
        if (!metadata.contains(block)) {
            metadata.add(block);
        }
        write(block, content);
    }

    void write(long block, byte[] content) {
        try {
            BlockIo.write(device, block * 4096, ByteBuffer.wrap(content), WriteMode.CACHED);
        } catch (DeviceException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static byte[] sealed(byte[] content) {
        BlockHeader.seal(content);
        return content;
    }

    /** Changes a block and makes its checksum right. */
    void edit(long block, Consumer<byte[]> change) {
        byte[] content = get(block);
        change.accept(content);
        write(block, sealed(content));
    }

    /** Changes one byte of a block and not its checksum. */
    void flip(long block, int at) {
        byte[] content = get(block);
        content[at] ^= 0x10;
        write(block, content);
    }

    // Groups.

    BlockState state(long block) {
        return GroupBitmap.get(get(LAYOUT.bitmapBlockOf(block)), LAYOUT.bitmapIndexOf(block));
    }

    /** Sets the bitmap alone. */
    void mark(long block, BlockState state) {
        edit(LAYOUT.bitmapBlockOf(block), bitmap -> GroupBitmap.set(bitmap, LAYOUT.bitmapIndexOf(block), state));
    }

    void group(int group, UnaryOperator<GroupHeader> change) {
        edit(LAYOUT.groupStart(group), block -> {
            GroupHeader header = header(block, group);
            change.apply(header).encode(block);
        });
    }

    private GroupHeader header(byte[] block, int group) {
        return ((Valid<GroupHeader>) GroupHeader.decode(block, fsId(), LAYOUT, group)).value();
    }

    static GroupHeader count(GroupHeader header, int free, int inodes) {
        return new GroupHeader(
                header.group(),
                header.length(),
                header.free() + free,
                header.inodes() + inodes,
                header.generation() + Math.max(0, inodes),
                header.versionFloor());
    }

    long allocate(int group, BlockState state) {
        return allocate(group, 1, state);
    }

    long allocate(int group, int length, BlockState state) {
        byte[] bitmap = get(LAYOUT.groupStart(group) + 1);
        int at = 0;
        while (GroupBitmap.freeRun(bitmap, at, LAYOUT.groupLength(group), length) < length) {
            at++;
        }
        long first = LAYOUT.groupStart(group) + at;
        for (int i = 0; i < length; i++) {
            mark(first + i, state);
        }
        group(group, header -> count(header, -length, state == BlockState.DINODE ? length : 0));
        return first;
    }

    void free(long block) {
        boolean isInode = state(block) == BlockState.DINODE;
        mark(block, BlockState.FREE);
        group(LAYOUT.groupOf(block), header -> count(header, 1, isInode ? -1 : 0));
    }

    // Inodes.

    Dinode dinode(long block) {
        return ((Valid<Dinode>) Dinode.decode(get(block), fsId(), block)).value();
    }

    void change(long block, UnaryOperator<Dinode> change) {
        Dinode changed = change.apply(dinode(block));
        edit(block, changed::encode);
    }

    InodeId id(long block) {
        return new InodeId(block, dinode(block).generation());
    }

    private void inode(long block, @Nullable InodeId parent, FileType type, int links) {
        byte[] content = new byte[4096];
        new BlockHeader(BlockType.DINODE, fsId(), block, block, 1, BlockHeader.NO_SLOT).encode(content);
        boolean isDirectory = type == FileType.DIRECTORY;
        int generation = header(get(LAYOUT.groupStart(LAYOUT.groupOf(block))), LAYOUT.groupOf(block))
                .generation();
        new Dinode(
                        generation,
                        type,
                        0755,
                        1,
                        1,
                        links,
                        isDirectory ? Dinode.Layout.TREE : Dinode.Layout.INLINE,
                        0,
                        1,
                        1,
                        1,
                        1,
                        1,
                        isDirectory ? parent : null,
                        0)
                .encode(content);
        if (isDirectory) {
            TreeNode.create(content, Dinode.CONTENT_AT, 0);
        }
        put(block, sealed(content));
    }

    /** An inode in a group without a name. */
    long nameless(int group, FileType type, long parent, int links) {
        long block = allocate(group, BlockState.DINODE);
        inode(block, id(parent), type, links);
        return block;
    }

    long directory(long parent, String name) {
        long block = nameless(LAYOUT.groupOf(parent), FileType.DIRECTORY, parent, 2);
        enter(parent, name, block);
        change(parent, dinode -> links(dinode, dinode.links() + 1));
        return block;
    }

    long file(long parent, String name, String content) {
        long block = nameless(LAYOUT.groupOf(parent), FileType.REGULAR, parent, 1);
        fill(block, content);
        enter(parent, name, block);
        return block;
    }

    long symlink(long parent, String name, String target) {
        long block = nameless(LAYOUT.groupOf(parent), FileType.SYMLINK, parent, 1);
        fill(block, target);
        enter(parent, name, block);
        return block;
    }

    private void fill(long block, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        edit(block, target -> System.arraycopy(bytes, 0, target, Dinode.CONTENT_AT, bytes.length));
        change(block, dinode -> size(dinode, bytes.length));
    }

    /** A file with {@code count} extents of {@code length} blocks, in a tree of several levels if there are many. */
    long extents(long parent, String name, int group, int count, int length) {
        long block = nameless(group, FileType.REGULAR, parent, 1);
        List<TreeRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long logical = (long) i * (length + 1);
            long physical = allocate(group, length, BlockState.DATA);
            records.add(new TreeRecord(logical, new Extent(logical, physical, length).encode()));
        }
        change(block, dinode -> dinode.withLayout(Dinode.Layout.TREE));
        long nodes = plant(block, BlockType.EXTENT_NODE, records);
        change(block, dinode -> dinode.withBlocks(1 + nodes + (long) count * length));
        change(block, dinode -> size(dinode, ((long) count * (length + 1) - 1) * 4096));
        enter(parent, name, block);
        return block;
    }

    /** Adds a name to a directory, without a change of links. */
    void enter(long directory, String name, long inode) {
        enter(directory, name, id(inode), dinode(inode).type());
    }

    void enter(long directory, String name, InodeId target, FileType type) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        enterAt(directory, hash().key(bytes), bytes, target, type);
    }

    /** Adds a name at any key. */
    void enterAt(long directory, long key, byte[] name, InodeId target, FileType type) {
        List<TreeRecord> records = new ArrayList<>(records(directory));
        long free = key;
        for (TreeRecord record : records) {
            free += record.key == free ? 1 : 0;
        }
        records.add(new TreeRecord(free, new DirectoryEntry(free, target, type, name).encode()));
        records.sort(Comparator.comparingLong(TreeRecord::key));
        setRecords(directory, records);
    }

    /** Removes a name, without a change of links. */
    void remove(long directory, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        setRecords(
                directory,
                records(directory).stream()
                        .filter(record -> !DirectoryEntry.hasName(record.value, bytes))
                        .toList());
    }

    DirectoryHash hash() {
        return new DirectoryHash(superblock.hashKey0(), superblock.hashKey1());
    }

    private void setRecords(long directory, List<TreeRecord> records) {
        for (long node : nodes(directory)) {
            free(node);
            metadata.remove(node);
        }
        long nodes = plant(directory, BlockType.DIRECTORY_NODE, records);
        change(directory, dinode -> size(dinode, records.size()).withBlocks(1 + nodes));
    }

    /** The key and value of a record of a tree. */
    record TreeRecord(long key, byte[] value) {}

    /** Writes a tree with at most {@link #LEAF_RECORDS} records in a node; gives the number of nodes below the root. */
    private long plant(long inode, BlockType type, List<TreeRecord> leafRecords) {
        int group = LAYOUT.groupOf(inode);
        List<TreeRecord> records = leafRecords;
        long nodes = 0;
        int level = 0;
        while (records.size() > LEAF_RECORDS) {
            List<TreeRecord> parents = new ArrayList<>();
            for (int from = 0; from < records.size(); from += LEAF_RECORDS) {
                List<TreeRecord> part = records.subList(from, Math.min(records.size(), from + LEAF_RECORDS));
                long block = allocate(group, BlockState.METADATA);
                byte[] content = new byte[4096];
                new BlockHeader(type, fsId(), block, inode, 1, BlockHeader.NO_SLOT).encode(content);
                TreeNode node = TreeNode.create(content, BlockHeader.SIZE, level);
                part.forEach(record -> node.insert(record.key, record.value));
                put(block, sealed(content));
                parents.add(new TreeRecord(part.getFirst().key, child(block)));
                nodes++;
            }
            records = parents;
            level++;
        }
        List<TreeRecord> top = records;
        int rootLevel = level;
        edit(inode, content -> {
            TreeNode node = TreeNode.create(content, Dinode.CONTENT_AT, rootLevel);
            top.forEach(record -> node.insert(record.key, record.value));
        });
        return nodes;
    }

    /** The value of a record of an inner node. */
    static byte[] child(long block) {
        byte[] value = new byte[8];
        Le.putI64(value, 0, block);
        return value;
    }

    List<TreeRecord> records(long inode) {
        List<TreeRecord> out = new ArrayList<>();
        collect(rootNode(inode), out, new ArrayList<>());
        return out;
    }

    /** The tree nodes of an inode, parents first. */
    List<Long> nodes(long inode) {
        List<Long> out = new ArrayList<>();
        collect(rootNode(inode), new ArrayList<>(), out);
        return out;
    }

    private TreeNode rootNode(long inode) {
        return ((Valid<TreeNode>) TreeNode.parse(get(inode), Dinode.CONTENT_AT)).value();
    }

    private void collect(TreeNode node, List<TreeRecord> records, List<Long> nodes) {
        for (int i = 0; i < node.count(); i++) {
            if (node.level() == 0) {
                records.add(new TreeRecord(node.key(i), node.value(i)));
            } else {
                nodes.add(node.child(i));
                TreeNode child = ((Valid<TreeNode>) TreeNode.parse(get(node.child(i)), BlockHeader.SIZE)).value();
                collect(child, records, nodes);
            }
        }
    }

    // Journals.

    /** Claims a slot as a node does that then dies. */
    void claim(int slot, long epoch) {
        SlotClaim claim = new SlotClaim(slot, SlotClaim.State.IN_USE, epoch, 7, ID, 1, "node-a");
        put(LAYOUT.claimBlock(slot), claim.encode(fsId(), LAYOUT));
        put(LAYOUT.journalStart(slot), new JournalHeader(slot, 1, epoch, 1).encode(fsId(), LAYOUT));
    }

    /** Writes a record of sealed images into a journal; gives the position behind it. */
    int log(int slot, int position, long sequence, long epoch, List<byte[]> images, List<Long> revokes) {
        List<JournalDescriptor.Image> list = images.stream()
                .map(image -> new JournalDescriptor.Image(homeOf(image), BlockHeader.versionOf(image)))
                .toList();
        CRC32C crc = new CRC32C();
        int at = position;
        byte[] descriptor =
                new JournalDescriptor(sequence, epoch, 0, list, revokes).encode(fsId(), place(slot, at), slot);
        crc.update(descriptor);
        put(place(slot, at), descriptor);
        at = after(at);
        for (byte[] image : images) {
            crc.update(image);
            put(place(slot, at), image);
            at = after(at);
        }
        int blocks = images.size() + 2;
        put(
                place(slot, at),
                new JournalCommit(sequence, epoch, blocks, (int) crc.getValue(), 1)
                        .encode(fsId(), place(slot, at), slot));
        return after(at);
    }

    static long place(int slot, int position) {
        return LAYOUT.journalStart(slot) + position;
    }

    private static int after(int position) {
        return position + 1 == LAYOUT.journalBlocks() ? 1 : position + 1;
    }

    private static long homeOf(byte[] image) {
        return Le.i64(image, 16);
    }

    // Dinodes with one field changed.

    static Dinode links(Dinode dinode, int links) {
        return dinode.withLinks(links, 1);
    }

    static Dinode size(Dinode dinode, long size) {
        return dinode.withContent(size, dinode.blocks(), 1);
    }

    static Dinode parent(Dinode dinode, InodeId parent) {
        return dinode.withParent(parent, 1);
    }

    void setType(long inode, FileType type) {
        edit(inode, block -> Le.putU16(block, 68, type.code()));
    }
}
