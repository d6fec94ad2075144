package dev.quoin.iscsi.connection;

import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The commands that change or check the blocks of a unit, on its device. May be used by any thread; nothing here blocks. */
final class Medium {

    /** The length of the reads of a VERIFY and of the writes of a WRITE SAME with a pattern, in bytes. */
    private static final int STEP_BYTES = 1 << 20;

    private static final int UNMAP_HEADER = 8;
    private static final int UNMAP_DESCRIPTOR = 16;

    private final BufferPool pool;

    Medium(BufferPool pool) {
        this.pool = pool;
    }

    /**
     * Runs a command whose range was checked.
     *
     * @param data what the initiator sent, from position 0 to the limit; the device may use it until the end
     * @return how the command ends; it may also fail with what the device failed with
     */
    CompletableFuture<Outcome> run(LogicalUnit unit, ScsiCommand.OnMedium command, @Nullable ByteBuffer data) {
        ByteBuffer bytes = data == null ? ByteBuffer.allocate(0) : data;
        return switch (command) {
            case ScsiCommand.Write write -> write(unit, write, bytes);
            case ScsiCommand.Verify verify -> verify(unit, verify, bytes);
            case ScsiCommand.WriteSame same -> writeSame(unit, same, bytes);
            case ScsiCommand.Unmap unmap -> unmap(unit, bytes);
            case ScsiCommand.SynchronizeCache sync -> good(unit.device().flush());
        };
    }

    private static CompletableFuture<Outcome> good(CompletableFuture<Void> request) {
        return request.thenApply(nothing -> Outcomes.GOOD);
    }

    private static CompletableFuture<Outcome> write(LogicalUnit unit, ScsiCommand.Write write, ByteBuffer data) {
        int blockSize = unit.geometry().blockSize();
        WriteMode mode = write.fua() ? WriteMode.FUA : WriteMode.CACHED;
        // An initiator that expects to send less than the command says gets its whole blocks written.
        data.limit(data.limit() - data.limit() % blockSize);
        return good(unit.device().write(write.lba() * blockSize, data, mode));
    }

    /** Reads step by step; with a byte check compares each step with the data (SBC-4 5.33). */
    private CompletableFuture<Outcome> verify(LogicalUnit unit, ScsiCommand.Verify verify, ByteBuffer data) {
        int blockSize = unit.geometry().blockSize();
        long start = verify.lba() * blockSize;
        long length = verify.blocks() * blockSize;
        if (length == 0) {
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        ByteBuffer scratch = pool.take(Math.min(length, STEP_BYTES));
        if (scratch == null) {
            return CompletableFuture.completedFuture(Outcomes.TASK_SET_FULL);
        }
        return Steps.run(length, STEP_BYTES, (done, step) -> {
                    scratch.clear().limit(step);
                    return unit.device().read(start + done, scratch).<@Nullable Outcome>thenApply(nothing -> {
                        scratch.flip();
                        return matches(verify.byteCheck(), scratch, data, (int) done)
                                ? null
                                : Outcomes.check(SenseCode.MISCOMPARE_DURING_VERIFY);
                    });
                })
                .whenComplete((outcome, failure) -> pool.give(scratch));
    }

    private static boolean matches(int byteCheck, ByteBuffer read, ByteBuffer data, int offset) {
        return switch (byteCheck) {
            case 1 -> read.equals(data.slice(offset, read.limit()));
            case 3 -> equalsRepeated(read, data);
            default -> true;
        };
    }

    private static boolean equalsRepeated(ByteBuffer read, ByteBuffer block) {
        int size = block.limit();
        for (int at = 0; at < read.limit(); at += size) {
            if (!read.slice(at, size).equals(block.slice(0, size))) {
                return false;
            }
        }
        return true;
    }

    /** Zeroes go to the device as such, which then may free the space; a pattern is written step by step (SBC-4 5.49). */
    private CompletableFuture<Outcome> writeSame(LogicalUnit unit, ScsiCommand.WriteSame same, ByteBuffer block) {
        int blockSize = unit.geometry().blockSize();
        long start = same.lba() * blockSize;
        long length = same.blocks() * blockSize;
        if (same.noData() || block.limit() < blockSize || isZero(block)) {
            return good(unit.device().writeZeroes(start, length, WriteMode.CACHED));
        }
        ByteBuffer scratch = pool.take(Math.min(length, STEP_BYTES));
        if (scratch == null) {
            return CompletableFuture.completedFuture(Outcomes.TASK_SET_FULL);
        }
        for (int at = 0; at + blockSize <= Math.min(length, STEP_BYTES); at += blockSize) {
            scratch.put(at, block, 0, blockSize);
        }
        return Steps.run(
                        length,
                        STEP_BYTES,
                        (done, step) -> unit.device()
                                .write(start + done, scratch.clear().limit(step), WriteMode.CACHED)
                                .thenApply(nothing -> null))
                .whenComplete((outcome, failure) -> pool.give(scratch));
    }

    private static boolean isZero(ByteBuffer block) {
        for (int i = 0; i < block.limit(); i++) {
            if (block.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Discards the ranges of the parameter list (SBC-4 5.31); all are checked before the first is discarded.
     *
     * <pre>
     * byte 0-1  length of what follows, 2-3 length of the descriptors
     * byte 8..  descriptors: 8 bytes address, 4 bytes count, 4 reserved
     * </pre>
     */
    private static CompletableFuture<Outcome> unmap(LogicalUnit unit, ByteBuffer list) {
        if (list.limit() == 0) {
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        if (list.limit() < UNMAP_HEADER) {
            return CompletableFuture.completedFuture(Outcomes.check(SenseCode.PARAMETER_LIST_LENGTH_ERROR));
        }
        int described = Math.min(list.getShort(2) & 0xFFFF, list.limit() - UNMAP_HEADER) / UNMAP_DESCRIPTOR;
        if (described > LogicalUnit.UNMAP_RANGES_MAX) {
            return CompletableFuture.completedFuture(Outcomes.check(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
        }
        record Range(long lba, long blocks) {}
        List<Range> ranges = new ArrayList<>();
        long total = 0;
        for (int i = 0; i < described; i++) {
            int at = UNMAP_HEADER + i * UNMAP_DESCRIPTOR;
            Range range = new Range(list.getLong(at), list.getInt(at + 8) & 0xFFFF_FFFFL);
            total += range.blocks();
            if (range.blocks() > 0) {
                Outcome refused = Ranges.check(unit, range.lba(), range.blocks(), Long.MAX_VALUE);
                if (refused != null) {
                    return CompletableFuture.completedFuture(refused);
                }
                ranges.add(range);
            }
        }
        int blockSize = unit.geometry().blockSize();
        if (total > LogicalUnit.UNMAP_BLOCKS_MAX) {
            return CompletableFuture.completedFuture(Outcomes.check(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
        }
        return CompletableFuture.allOf(ranges.stream()
                        .map(r -> unit.device().discard(r.lba() * blockSize, r.blocks() * blockSize))
                        .toArray(CompletableFuture[]::new))
                .thenApply(nothing -> Outcomes.GOOD);
    }

    /** The first block of a command, for the sense of a fault; {@link Sense#NONE} where there is no single one. */
    static long firstBlock(ScsiCommand.OnMedium command) {
        return switch (command) {
            case ScsiCommand.Write write -> write.lba();
            case ScsiCommand.Verify verify -> verify.lba();
            case ScsiCommand.WriteSame same -> same.lba();
            case ScsiCommand.Unmap unmap -> Sense.NONE;
            case ScsiCommand.SynchronizeCache sync -> Sense.NONE;
        };
    }
}
