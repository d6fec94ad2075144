package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.SerialNumber;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a connection. Any thread may try; who gets the lock sends what all have queued, in gathering writes
 * straight from the callers' buffers, and nobody waits.
 *
 * <p>CmdSN is given in the order of sending, within the target's window and the queue depth. Whoever gives the lock back looks
 * at the queues once more, so nothing stays behind. A full socket blocks nobody: the device's thread goes on when it takes bytes
 * again.
 */
final class Sender {

    private static final int GATHER_MAX = 128;
    private static final int HEADERS = 512;
    private static final int SLOT_BITS = 10;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;

    /** A PDU without data that is stamped when it is sent. */
    interface Control {
        Request at(int cmdSn, int expStatSn);
    }

    /** Data that the target asked for, or what is left of it. */
    private static final class Transfer {
        final Command command;
        final int tag;
        final int transferTag;
        int offset;
        int left;
        int dataSn;

        Transfer(Command command, int transferTag, int offset, int length) {
            this.command = command;
            this.tag = command.tag();
            this.transferTag = transferTag;
            this.offset = offset;
            this.left = length;
        }
    }

    private final GatheringByteChannel channel;
    private final long lun;
    private final LoggedIn login;
    private final Runnable wake;
    private final ReentrantLock lock = new ReentrantLock();
    private final ConcurrentLinkedQueue<Transfer> transfers = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Control> controls = new ConcurrentLinkedQueue<>();
    private final AtomicReferenceArray<@Nullable Command> slots;

    // Guarded by the lock.
    private final ByteBuffer headers = ByteBuffer.allocateDirect(HEADERS * Bhs.LENGTH);
    private final ArrayDeque<ByteBuffer> outgoing = new ArrayDeque<>();
    private final ByteBuffer[] gather = new ByteBuffer[GATHER_MAX];
    private final int[] freeSlots;
    private int freeCount;
    private int generation;
    private int headersEnd;
    private int runStart;
    private int cmdSn;

    private volatile CommandQueue queue;
    private volatile int maxCmdSn;
    private volatile int expStatSn;
    private volatile int available;
    private volatile int nextCmdSn;
    private volatile boolean blocked;
    private volatile boolean open = true;
    private volatile @Nullable IOException failure;

    Sender(GatheringByteChannel channel, CommandQueue queue, long lun, LoggedIn login, int queueDepth, Runnable wake) {
        this.channel = channel;
        this.queue = queue;
        this.lun = lun;
        this.login = login;
        this.wake = wake;
        this.slots = new AtomicReferenceArray<>(queueDepth);
        this.freeSlots = new int[queueDepth];
        for (int i = 0; i < queueDepth; i++) {
            freeSlots[i] = queueDepth - 1 - i;
        }
        this.freeCount = queueDepth;
        this.available = queueDepth;
        this.cmdSn = login.cmdSn();
        this.nextCmdSn = cmdSn;
        this.maxCmdSn = login.maxCmdSn();
        this.expStatSn = login.expStatSn();
    }

    /** Sends what can be sent now. Any thread; never blocks. */
    void pump() {
        while (hasWork() && lock.tryLock()) {
            try {
                drain();
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean hasWork() {
        return open && !blocked && (!controls.isEmpty() || !transfers.isEmpty() || (!queue.isEmpty() && windowOpen()));
    }

    private boolean windowOpen() {
        return available > 0 && !SerialNumber.before(maxCmdSn, nextCmdSn);
    }

    /** The socket takes bytes again. Device's thread only. */
    void resume() {
        lock.lock();
        try {
            blocked = false;
            drain();
        } finally {
            lock.unlock();
        }
        pump();
    }

    boolean blocked() {
        return blocked;
    }

    @Nullable IOException failure() {
        return failure;
    }

    /** Takes the numbers of a response. Device's thread only. */
    void learn(int newExpStatSn, int newMaxCmdSn) {
        expStatSn = newExpStatSn;
        if (SerialNumber.before(maxCmdSn, newMaxCmdSn)) {
            maxCmdSn = newMaxCmdSn;
        }
    }

    /** The number of the next response. */
    int expStatSn() {
        return expStatSn;
    }

    /** Takes commands from another queue from now on. */
    void serve(CommandQueue newQueue) {
        queue = newQueue;
    }

    /** Queues a PDU without data. */
    void control(Control control) {
        controls.add(control);
    }

    /** Queues data that the target asked for. */
    void transfer(Command command, int transferTag, int offset, int length) {
        transfers.add(new Transfer(command, transferTag, offset, length));
    }

    /** The command of a tag, or null if there is none. Device's thread only. */
    @Nullable Command command(int tag) {
        int slot = tag & SLOT_MASK;
        Command command = slot < slots.length() ? slots.get(slot) : null;
        return command == null || command.tag() != tag ? null : command;
    }

    /** Frees the place of a command that was answered. Device's thread only. */
    void release(Command command) {
        lock.lock();
        try {
            int slot = command.tag() & SLOT_MASK;
            slots.set(slot, null);
            freeSlots[freeCount++] = slot;
            available = freeCount;
        } finally {
            lock.unlock();
        }
    }

    /** The commands at the target. */
    List<Command> sent() {
        lock.lock();
        try {
            List<Command> all = new ArrayList<>();
            for (int i = 0; i < slots.length(); i++) {
                Command command = slots.get(i);
                if (command != null) {
                    all.add(command);
                }
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing more; the buffers of the commands are not touched after this. */
    void close() {
        lock.lock();
        try {
            open = false;
            outgoing.clear();
        } finally {
            lock.unlock();
        }
    }

    private void drain() {
        while (open && !blocked && failure == null) {
            fill();
            closeRun();
            if (outgoing.isEmpty()) {
                return;
            }
            try {
                write();
            } catch (IOException broken) {
                failure = broken;
                open = false;
                wake.run();
                return;
            }
        }
    }

    private void write() throws IOException {
        int count = 0;
        long wanted = 0;
        for (ByteBuffer buffer : outgoing) {
            if (count == GATHER_MAX) {
                break;
            }
            gather[count++] = buffer;
            wanted += buffer.remaining();
        }
        long sent = channel.write(gather, 0, count);
        Arrays.fill(gather, 0, count, headers);
        for (ByteBuffer first; (first = outgoing.peek()) != null && !first.hasRemaining(); ) {
            outgoing.poll();
        }
        if (outgoing.isEmpty()) {
            headersEnd = 0;
            runStart = 0;
        }
        if (sent < wanted) {
            blocked = true;
            wake.run();
        }
    }

    /** Encodes what waits, as far as there is room for headers. */
    private void fill() {
        while (roomForHeader()) {
            Control control = controls.poll();
            if (control != null) {
                PduEncoder.encode(control.at(cmdSn, expStatSn), 0, headers, header());
                continue;
            }
            Transfer transfer = transfers.peek();
            if (transfer != null) {
                dataOut(transfer);
                if (transfer.left == 0) {
                    transfers.poll();
                }
                continue;
            }
            Command command = windowOpen() ? queue.poll() : null;
            if (command == null) {
                return;
            }
            command(command);
        }
    }

    private boolean roomForHeader() {
        return headersEnd + Bhs.LENGTH <= headers.capacity() && outgoing.size() < GATHER_MAX;
    }

    private int header() {
        int at = headersEnd;
        headersEnd += Bhs.LENGTH;
        return at;
    }

    private void command(Command command) {
        int slot = freeSlots[--freeCount];
        available = freeCount;
        generation++;
        int tag = (generation << SLOT_BITS) | slot;
        if (tag == Bhs.TAG_NONE) {
            tag = slot;
        }
        command.sent(tag, System.nanoTime());
        slots.set(slot, command);
        boolean write = command.direction() == Command.Direction.WRITE;
        int immediate = write && login.immediateData()
                ? Math.min(command.length(), Math.min(login.firstBurstLength(), login.maxSendLength()))
                : 0;
        int flags = Bhs.FLAG_FINAL | 1; // simple task attribute
        flags |= write ? Bhs.FLAG_WRITE : command.direction() == Command.Direction.READ ? Bhs.FLAG_READ : 0;
        int at = header();
        Bhs.start(headers, at, Opcode.SCSI_COMMAND, flags, immediate, tag);
        headers.putLong(at + 8, lun)
                .putInt(at + 20, command.length())
                .putInt(at + 24, cmdSn)
                .putInt(at + 28, expStatSn)
                .putLong(at + 32, command.cdbHigh())
                .putLong(at + 40, command.cdbLow());
        cmdSn++;
        nextCmdSn = cmdSn;
        data(command, 0, immediate);
    }

    private void dataOut(Transfer transfer) {
        if (command(transfer.tag) != transfer.command) {
            transfer.left = 0; // Answered before all its data was sent: the target wants no more.
            return;
        }
        int length = Math.min(transfer.left, login.maxSendLength());
        boolean last = length == transfer.left;
        int at = header();
        Bhs.start(headers, at, Opcode.DATA_OUT, last ? Bhs.FLAG_FINAL : 0, length, transfer.tag);
        headers.putLong(at + 8, lun)
                .putInt(at + 20, transfer.transferTag)
                .putInt(at + 28, expStatSn)
                .putInt(at + 36, transfer.dataSn++)
                .putInt(at + 40, transfer.offset);
        data(transfer.command, transfer.offset, length);
        transfer.offset += length;
        transfer.left -= length;
    }

    private void data(Command command, int offset, int length) {
        if (length == 0) {
            return;
        }
        closeRun();
        outgoing.add(command.data().slice(offset, length));
        int padding = Bhs.padded(length) - length;
        if (padding > 0) {
            outgoing.add(ByteBuffer.allocate(padding));
        }
    }

    /** Headers in a row without data between them leave as one buffer. */
    private void closeRun() {
        if (headersEnd > runStart) {
            outgoing.add(headers.slice(runStart, headersEnd - runStart));
            runStart = headersEnd;
        }
    }
}
