package dev.quoin.iscsi.connection;

import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
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
    CompletableFuture<Outcome> run(ServedUnit served, ScsiCommand.OnMedium command, @Nullable ByteBuffer data) {
        Sense sanitized = served.sanitation().refusal(command);
        if (sanitized != null) {
            // It came before, and its data now.
            return CompletableFuture.completedFuture(new Outcome.Check(sanitized));
        }
        ByteBuffer bytes = data == null ? ByteBuffer.allocate(0) : data;
        LogicalUnit unit = served.unit();
        return switch (command) {
            case ScsiCommand.Write write ->
                within(served, write.lba(), write.blocks(), false, () -> write(unit, write, bytes));
            case ScsiCommand.WriteAndVerify both ->
                within(served, both.lba(), both.blocks(), false, () -> writeAndVerify(unit, both, bytes));
            case ScsiCommand.CompareAndWrite both ->
                within(served, both.lba(), both.blocks(), true, () -> compareAndWrite(unit, both, bytes));
            case ScsiCommand.WriteAtomic write ->
                within(served, write.lba(), write.blocks(), true, () -> writeAtomic(unit, write, bytes));
            case ScsiCommand.OrWrite or -> within(served, or.lba(), or.blocks(), true, () -> orWrite(unit, or, bytes));
            case ScsiCommand.Verify verify -> verify(unit, verify, bytes);
            case ScsiCommand.WriteSame same ->
                within(served, same.lba(), same.blocks(), false, () -> writeSame(unit, same, bytes));
            case ScsiCommand.Unmap unmap ->
                within(served, 0, unit.geometry().blockCount(), false, () -> unmap(unit, bytes));
            case ScsiCommand.SynchronizeCache sync -> good(unit.device().flush());
        };
    }

    /** Runs what changes blocks when nobody stands against it. */
    private static CompletableFuture<Outcome> within(
            ServedUnit served, long lba, long blocks, boolean exclusive, Supplier<CompletableFuture<Outcome>> run) {
        int blockSize = served.unit().geometry().blockSize();
        return served.gate()
                .enter(lba * blockSize, blocks * blockSize, exclusive)
                .thenCompose(pass -> {
                    CompletableFuture<Outcome> running;
                    try {
                        running = run.get();
                    } catch (RuntimeException bug) {
                        running = CompletableFuture.failedFuture(bug);
                    }
                    return running.whenComplete(
                            (outcome, failure) -> served.gate().leave(pass));
                });
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

    /** Other writes wait; that no read sees a part of it is up to the device (SBC-4 4.29). */
    private static CompletableFuture<Outcome> writeAtomic(
            LogicalUnit unit, ScsiCommand.WriteAtomic write, ByteBuffer data) {
        if (write.blocks() == 0) {
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        WriteMode mode = write.fua() ? WriteMode.FUA : WriteMode.CACHED;
        return good(unit.device().writeAtomic(write.lba() * unit.geometry().blockSize(), data, mode));
    }

    /** Durable before it is read again: what is verified is not only a cache (SBC-4 5.44). */
    private CompletableFuture<Outcome> writeAndVerify(
            LogicalUnit unit, ScsiCommand.WriteAndVerify both, ByteBuffer data) {
        int length = data.limit() - data.limit() % unit.geometry().blockSize();
        ScsiCommand.Write write = new ScsiCommand.Write(both.lba(), both.blocks(), true);
        long blocks = length / unit.geometry().blockSize();
        return write(unit, write, data)
                .thenCompose(written -> verify(
                        unit,
                        new ScsiCommand.Verify(both.lba(), blocks, 1),
                        data.position(0).limit(length)));
    }

    /** The first half of the data is to be there; then the second half is written (SBC-4 5.3). */
    private CompletableFuture<Outcome> compareAndWrite(
            LogicalUnit unit, ScsiCommand.CompareAndWrite both, ByteBuffer data) {
        int length = (int) both.blocks() * unit.geometry().blockSize();
        long start = both.lba() * unit.geometry().blockSize();
        return readFirst(unit, start, length, found -> {
            int differs = found.mismatch(data.slice(0, length));
            if (differs >= 0) {
                return CompletableFuture.completedFuture(
                        new Outcome.Check(new Sense(SenseCode.MISCOMPARE_DURING_VERIFY, differs, -1)));
            }
            WriteMode mode = both.fua() ? WriteMode.FUA : WriteMode.CACHED;
            return good(unit.device().write(start, data.limit(2 * length).position(length), mode));
        });
    }

    /** What is there or the data (SBC-4 5.7). */
    private CompletableFuture<Outcome> orWrite(LogicalUnit unit, ScsiCommand.OrWrite or, ByteBuffer data) {
        int length = (int) or.blocks() * unit.geometry().blockSize();
        long start = or.lba() * unit.geometry().blockSize();
        return readFirst(unit, start, length, found -> {
            for (int at = 0; at < length; at += Long.BYTES) {
                found.putLong(at, found.getLong(at) | data.getLong(at));
            }
            WriteMode mode = or.fua() ? WriteMode.FUA : WriteMode.CACHED;
            return good(unit.device().write(start, found, mode));
        });
    }

    /** Reads what is there, hands it over, and gives its buffer back when all is done. */
    private CompletableFuture<Outcome> readFirst(
            LogicalUnit unit, long start, int length, Function<ByteBuffer, CompletableFuture<Outcome>> then) {
        if (length == 0) {
            return CompletableFuture.completedFuture(Outcomes.GOOD);
        }
        ByteBuffer found = pool.take(length);
        if (found == null) {
            return CompletableFuture.completedFuture(Outcomes.TASK_SET_FULL);
        }
        return unit.device()
                .read(start, found.clear().limit(length))
                .thenCompose(nothing -> then.apply(found.flip()))
                .whenComplete((outcome, failure) -> pool.give(found));
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

    /**
     * Zeroes go to the device as such, and as a discard if the blocks may be unmapped, which then read as zeroes; a pattern is written
     * step by step (SBC-4 5.49).
     */
    private CompletableFuture<Outcome> writeSame(LogicalUnit unit, ScsiCommand.WriteSame same, ByteBuffer block) {
        int blockSize = unit.geometry().blockSize();
        long start = same.lba() * blockSize;
        long length = same.blocks() * blockSize;
        if (same.noData() || block.limit() < blockSize || isZero(block)) {
            return good(
                    same.unmap()
                            ? unit.device().discard(start, length)
                            : unit.device().writeZeroes(start, length, WriteMode.CACHED));
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

    /** Whether a fault of the device is one of writing. */
    static boolean writes(ScsiCommand.Lasting command) {
        return !(command instanceof ScsiCommand.Verify);
    }

    /** The first block of a command, for the sense of a fault; {@link Sense#NONE} where there is no single one. */
    static long firstBlock(ScsiCommand.Lasting command) {
        return switch (command) {
            case ScsiCommand.Write c -> c.lba();
            case ScsiCommand.WriteAndVerify c -> c.lba();
            case ScsiCommand.CompareAndWrite c -> c.lba();
            case ScsiCommand.OrWrite c -> c.lba();
            case ScsiCommand.WriteAtomic c -> c.lba();
            case ScsiCommand.Verify c -> c.lba();
            case ScsiCommand.WriteSame c -> c.lba();
            case ScsiCommand.Unmap _, ScsiCommand.SynchronizeCache _, ScsiCommand.WithList _ -> Sense.NONE;
        };
    }
}
