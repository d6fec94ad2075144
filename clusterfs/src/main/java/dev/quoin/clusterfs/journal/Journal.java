package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.journal.JournalRecord.Image;
import dev.quoin.clusterfs.store.DataWriter;
import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The journal of the slot that this mount owns.
 *
 * <p>Transactions join the running group. A commit closes the group, waits for its open transactions, copies the images, lets the next
 * group run, writes the group's file data, flushes, and writes the record with FUA. Committed images stay in memory until they are in
 * place: written by a checkpoint, which empties the ring, or by {@link #settle} for blocks whose lock is about to be passed on.
 *
 * <p>Two locks: {@code committing} is held across I/O by whoever commits, settles or checkpoints; {@code state} guards the running group
 * and is never held across I/O. A transaction takes only {@code state}.
 */
public final class Journal {

    private final FsDevice device;
    private final int slot;
    private final long epoch;
    private final InstantSource clock;
    private final DataWriter data;
    private final int length;
    private final int groupMax;

    private final ReentrantLock committing = new ReentrantLock();
    private final ReentrantLock state = new ReentrantLock();
    private final Condition changed = state.newCondition();

    /** Guarded by {@code state}. */
    private Group running = new Group(1);

    private boolean sealed;
    private volatile long durable;

    /** Guarded by {@code committing}, as all that follows. */
    private final Map<Long, MetaBlock> notInPlace = new TreeMap<>();

    private int head;
    private int used;
    private long next;
    private volatile long tail;

    /** Begins a new epoch of an empty ring: writes the header, durably. Blocking. */
    public Journal(FsDevice device, JournalHeader start, InstantSource clock) throws VfsException {
        this.device = device;
        this.slot = start.slot();
        this.epoch = start.epoch();
        this.clock = clock;
        this.data = new DataWriter(device);
        this.length = device.layout().journalBlocks();
        this.groupMax = length / 4;
        this.head = start.position();
        this.next = start.sequence();
        this.tail = next;
        writeHeader(device, start);
    }

    /** Writes a journal header durably. Blocking. */
    public static void writeHeader(FsDevice device, JournalHeader header) throws VfsException {
        byte[] block = header.encode(device.fsId(), device.layout());
        FsDevice.await(List.of(
                device.write(device.layout().journalStart(header.slot()), ByteBuffer.wrap(block), WriteMode.FUA)));
    }

    /** Writes file data; see {@link DataWriter#write}. */
    public DataWriter data() {
        return data;
    }

    /** The most blocks that one transaction may change or free. */
    public int transactionMax() {
        return groupMax / 2;
    }

    /**
     * Begins a transaction that changes and frees at most {@code credits} blocks. Blocking, if the running group is full or about to commit.
     */
    public Transaction begin(int credits) throws VfsException {
        if (credits > transactionMax()) {
            throw new IllegalStateException("transaction of " + credits + " blocks found, at most " + transactionMax());
        }
        while (true) {
            state.lock();
            try {
                while (sealed) {
                    changed.awaitUninterruptibly();
                }
                device.withdrawal().check();
                if (running.changed.size() + running.revokes.size() + running.reserved + credits <= groupMax) {
                    running.open++;
                    running.reserved += credits;
                    return new Transaction(this, running, credits);
                }
            } finally {
                state.unlock();
            }
            force(Long.MAX_VALUE);
        }
    }

    void change(Group group, MetaBlock block) {
        state.lock();
        try {
            group.changed.put(block.address(), block);
            block.group = group.id;
        } finally {
            state.unlock();
        }
    }

    void forget(Group group, MetaBlock block) {
        state.lock();
        try {
            group.changed.remove(block.address());
            group.revokes.add(block.address());
            block.group = group.id;
        } finally {
            state.unlock();
        }
    }

    void order(Group group, FileData data) {
        state.lock();
        try {
            group.data.add(data);
        } finally {
            state.unlock();
        }
    }

    void onDurable(Group group, Runnable action) {
        state.lock();
        try {
            group.onDurable.add(action);
        } finally {
            state.unlock();
        }
    }

    void end(Group group, int credits, boolean halfDone) {
        if (halfDone) {
            device.withdrawal().withdraw("a transaction ended half done");
        }
        state.lock();
        try {
            group.open--;
            group.reserved -= credits;
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    /** The group that a transaction beginning now would join. */
    public long runningGroup() {
        state.lock();
        try {
            return running.id;
        } finally {
            state.unlock();
        }
    }

    /** Makes all groups up to {@code group} durable; {@link Long#MAX_VALUE} for all. Blocking. */
    public void force(long group) throws VfsException {
        if (group <= durable) {
            return;
        }
        committing.lock();
        try {
            if (group > durable) {
                commitRunning();
            }
        } finally {
            committing.unlock();
        }
    }

    /**
     * Makes the blocks durable in place, so that no other node needs this journal for them, and revokes their images. Nobody changes them
     * meanwhile. Blocking; afterwards all file data written before is durable too.
     */
    public void settle(Collection<MetaBlock> blocks) throws VfsException {
        committing.lock();
        try {
            if (blocks.stream().anyMatch(block -> block.group > durable)) {
                commitRunning();
            }
            List<MetaBlock> pending =
                    blocks.stream().filter(block -> block.logged != null).toList();
            writeInPlace(pending, WriteMode.FUA);
            device.flush();
            revoke(blocks.stream().filter(block -> block.sequence >= tail).toList());
        } finally {
            committing.unlock();
        }
    }

    /** Puts all that is durable in place and empties the ring. Blocking. */
    public void checkpoint() throws VfsException {
        committing.lock();
        try {
            commitRunning();
            emptyRing();
        } finally {
            committing.unlock();
        }
    }

    /** Whether no image of the block can be replayed any more and its last change is in place. */
    public boolean isSettled(MetaBlock block) {
        return block.group <= durable && block.sequence < tail;
    }

    /** How much of the ring is in use, from 0 to 1. */
    public double fill() {
        committing.lock();
        try {
            return (double) used / (length - 1);
        } finally {
            committing.unlock();
        }
    }

    /** What the header must say after a {@link #checkpoint}, for a clean end. */
    public JournalHeader position() {
        committing.lock();
        try {
            return new JournalHeader(slot, head, epoch, next);
        } finally {
            committing.unlock();
        }
    }

    private void commitRunning() throws VfsException {
        device.withdrawal().check();
        List<Image> images;
        Group group = seal();
        try {
            images = copyImages(group);
        } finally {
            unseal();
        }
        data.write(group.data);
        device.flush();
        if (!images.isEmpty() || !group.revokes.isEmpty()) {
            long sequence = append(images, List.copyOf(group.revokes));
            noteLogged(group, images, sequence);
        }
        durable = group.id;
        group.onDurable.forEach(Runnable::run);
    }

    /** Closes the running group and waits for its transactions. */
    private Group seal() throws VfsException {
        state.lock();
        try {
            sealed = true;
            while (running.open > 0) {
                changed.awaitUninterruptibly();
            }
            if (device.withdrawal().isWithdrawn()) {
                sealed = false;
                changed.signalAll();
                throw device.withdrawal().failure();
            }
            return running;
        } finally {
            state.unlock();
        }
    }

    private void unseal() {
        state.lock();
        try {
            running = new Group(running.id + 1);
            sealed = false;
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    private List<Image> copyImages(Group group) {
        List<Image> images = new ArrayList<>(group.changed.size());
        for (MetaBlock block : group.changed.values()) {
            long version = block.version() + 1;
            BlockHeader.stamp(block.content(), version, slot);
            byte[] image = block.content().clone();
            BlockHeader.seal(image);
            images.add(new Image(block.address(), version, image));
        }
        return images;
    }

    private void noteLogged(Group group, List<Image> images, long sequence) {
        for (long revoked : group.revokes) {
            MetaBlock gone = notInPlace.remove(revoked);
            if (gone != null) {
                gone.logged = null;
                gone.sequence = -1;
            }
        }
        for (Image image : images) {
            MetaBlock block = Objects.requireNonNull(group.changed.get(image.block()));
            block.logged = image.content();
            block.sequence = sequence;
            notInPlace.put(image.block(), block);
        }
    }

    private void revoke(List<MetaBlock> blocks) throws VfsException {
        int most = groupMax;
        for (int from = 0; from < blocks.size(); from += most) {
            List<MetaBlock> part = blocks.subList(from, Math.min(blocks.size(), from + most));
            append(List.of(), part.stream().map(MetaBlock::address).toList());
            part.forEach(block -> block.sequence = -1);
        }
    }

    /** Writes a record durably, after a checkpoint if the ring has no room for it. */
    private long append(List<Image> images, List<Long> revokes) throws VfsException {
        JournalRecord record = new JournalRecord(next, epoch, images, revokes);
        int blocks = record.blocks();
        if (used + blocks > length - 2) {
            emptyRing();
        }
        ByteBuffer bytes = record.encode(device.fsId(), device.layout(), slot, head, nanos());
        int straight = Math.min(blocks, length - head);
        List<CompletableFuture<Void>> writes = new ArrayList<>(2);
        long start = device.layout().journalStart(slot);
        writes.add(device.write(start + head, bytes.slice(0, straight * BlockHeader.BLOCK_SIZE), WriteMode.FUA));
        if (straight < blocks) {
            int from = straight * BlockHeader.BLOCK_SIZE;
            writes.add(device.write(start + 1, bytes.slice(from, bytes.capacity() - from), WriteMode.FUA));
        }
        FsDevice.await(writes);
        head = JournalRecord.advance(head, blocks, length);
        used += blocks;
        return next++;
    }

    private void emptyRing() throws VfsException {
        writeInPlace(List.copyOf(notInPlace.values()), WriteMode.CACHED);
        device.flush();
        if (used > 0) {
            writeHeader(device, new JournalHeader(slot, head, epoch, next));
            used = 0;
        }
        tail = next;
    }

    /** Writes the logged images of blocks in place, neighbours together. */
    private void writeInPlace(List<MetaBlock> blocks, WriteMode mode) throws VfsException {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        List<MetaBlock> sorted = blocks.stream()
                .filter(block -> block.logged != null)
                .sorted(Comparator.comparingLong(MetaBlock::address))
                .toList();
        for (int from = 0; from < sorted.size(); ) {
            int to = from + 1;
            while (to < sorted.size()
                    && sorted.get(to).address() == sorted.get(to - 1).address() + 1) {
                to++;
            }
            ByteBuffer run = ByteBuffer.allocate((to - from) * BlockHeader.BLOCK_SIZE);
            for (MetaBlock block : sorted.subList(from, to)) {
                run.put(Objects.requireNonNull(block.logged));
            }
            writes.add(device.write(sorted.get(from).address(), run.flip(), mode));
            from = to;
        }
        FsDevice.await(writes);
        for (MetaBlock block : sorted) {
            block.logged = null;
            notInPlace.remove(block.address(), block);
        }
    }

    private long nanos() {
        java.time.Instant now = clock.instant();
        return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
    }
}
