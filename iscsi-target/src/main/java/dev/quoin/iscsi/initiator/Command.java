package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One SCSI command on its way to a target, with what has to be kept to send it again.
 *
 * <p>Belongs to the queue, then to the link that sends it. The buffer belongs to the command until its end.
 */
final class Command {

    /** Which way the data goes. */
    enum Direction {
        NONE,
        READ,
        WRITE
    }

    /** Learns how a command ended; called once, on the device's thread. */
    interface Completion {
        /** It ended well. */
        void done(Command command);

        /** It cannot be done. */
        void failed(Command command, DeviceException failure);

        /** Whether an answer with less data than there is room for is a good one. */
        default boolean takesLess() {
            return false;
        }
    }

    private final long cdbHigh;
    private final long cdbLow;
    private final Direction direction;
    private final @Nullable ByteBuffer data;
    private final int length;
    private final Completion completion;

    // Guarded by who owns the command.
    private int tag;
    private long sentAt;
    private int received;
    private int sendings;
    private int attempts;
    private long order;

    /**
     * A command that is yet to be sent.
     *
     * @param data the bytes from position 0 to the limit; may be null only if the direction is NONE
     */
    Command(long cdbHigh, long cdbLow, Direction direction, @Nullable ByteBuffer data, Completion completion) {
        this.cdbHigh = cdbHigh;
        this.cdbLow = cdbLow;
        this.direction = direction;
        this.data = data;
        this.length = data == null ? 0 : data.limit();
        this.completion = completion;
    }

    /** READ (16). */
    static Command read(long lba, int blocks, ByteBuffer target, Completion completion) {
        return new Command(
                0x88L << 56 | lba >>> 16, lba << 48 | (long) blocks << 16, Direction.READ, target, completion);
    }

    /** WRITE (16). */
    static Command write(long lba, int blocks, ByteBuffer source, boolean fua, Completion completion) {
        long first = 0x8AL << 56 | (fua ? 0x08L << 48 : 0);
        return new Command(first | lba >>> 16, lba << 48 | (long) blocks << 16, Direction.WRITE, source, completion);
    }

    /** WRITE SAME (16). */
    static Command writeSame(long lba, int blocks, boolean unmap, ByteBuffer block, Completion completion) {
        long first = 0x93L << 56 | (unmap ? 0x08L << 48 : 0);
        return new Command(first | lba >>> 16, lba << 48 | (long) blocks << 16, Direction.WRITE, block, completion);
    }

    /** SYNCHRONIZE CACHE (10) of the whole unit. */
    static Command synchronizeCache(Completion completion) {
        return new Command(0x35L << 56, 0, Direction.NONE, null, completion);
    }

    /** READ CAPACITY (16). */
    static Command readCapacity(Completion completion) {
        int length = 32;
        ByteBuffer data = ByteBuffer.allocate(length);
        return new Command(0x9E10L << 48, (long) length << 16, Direction.READ, data, completion);
    }

    /** UNMAP with its parameter list. */
    static Command unmap(ByteBuffer list, Completion completion) {
        return new Command(
                0x42L << 56 | list.limit() >>> 8, (long) list.limit() << 56, Direction.WRITE, list, completion);
    }

    /** PERSISTENT RESERVE IN. */
    static Command persistentReserveIn(int action, ByteBuffer target, Completion completion) {
        int allocation = target.limit();
        return new Command(
                0x5EL << 56 | (long) action << 48 | allocation >>> 8,
                (long) allocation << 56,
                Direction.READ,
                target,
                completion);
    }

    /** PERSISTENT RESERVE OUT with its parameter list. */
    static Command persistentReserveOut(int action, int type, ByteBuffer list, Completion completion) {
        return new Command(
                0x5FL << 56 | (long) action << 48 | (long) type << 40,
                (long) list.limit() << 56,
                Direction.WRITE,
                list,
                completion);
    }

    long cdbHigh() {
        return cdbHigh;
    }

    long cdbLow() {
        return cdbLow;
    }

    Direction direction() {
        return direction;
    }

    /** The data; absolute positions only. */
    ByteBuffer data() {
        if (data == null) {
            throw new IllegalStateException("the command has no data");
        }
        return data;
    }

    /** The length of the data in bytes. */
    int length() {
        return length;
    }

    Completion completion() {
        return completion;
    }

    /** The initiator task tag of the last sending. */
    int tag() {
        return tag;
    }

    /** When it was sent last, in nanoseconds of the monotonic clock. */
    long sentAt() {
        return sentAt;
    }

    /** How many bytes came in since it was sent last. */
    int received() {
        return received;
    }

    /** Which place it has among all commands of the device; kept over repetitions. */
    long order() {
        return order;
    }

    void order(long newOrder) {
        order = newOrder;
    }

    /** How often it was answered with "try again". */
    int attempts() {
        return attempts;
    }

    void attemptFailed() {
        attempts++;
    }

    void sent(int newTag, long now) {
        tag = newTag;
        sentAt = now;
        received = 0;
        sendings++;
    }

    /** Whether a good answer brought all that was asked for. */
    boolean isWhole(boolean residual) {
        return completion.takesLess() || (!residual && (direction != Direction.READ || received == length));
    }

    /** How often it was sent. */
    int sendings() {
        return sendings;
    }

    void received(int bytes) {
        received += bytes;
    }
}
