package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** Puts cells where they belong on a member, when an array is started. */
final class CellPlacer {

    private final Addressing map;
    private final BlockChecksum checksum;

    CellPlacer(Addressing map, BlockChecksum checksum) {
        this.map = map;
        this.checksum = checksum;
    }

    /** Writes one, not durably, and says so in the table of checksums. Blocking. */
    void put(Member member, long address, CellSource source) throws DeviceException {
        long offset = member.dataOffset(address);
        int cell = map.cell();
        switch (source) {
            case CellSource.Stored stored -> {
                ByteBuffer bytes = BlockIo.read(member.device, stored.offset(), cell);
                BlockIo.write(member.device, offset, bytes, WriteMode.CACHED);
                member.checksums.set(address, stored.checksum());
            }
            case CellSource.Made made -> {
                BlockIo.write(member.device, offset, ByteBuffer.wrap(made.bytes()), WriteMode.CACHED);
                member.checksums.set(address, made.checksum());
            }
            case CellSource.Zero zero -> {
                BlockIo.writeZeroes(member.device, offset, cell, WriteMode.CACHED);
                member.checksums.set(address, checksum.ofZeroes(member.role, address));
            }
            case CellSource.Unwritten unwritten -> {
                if (member.zeroed) {
                    BlockIo.writeZeroes(member.device, offset, cell, WriteMode.CACHED);
                }
                member.checksums.set(address, BlockChecksum.UNWRITTEN);
            }
            case CellSource.Placed placed -> member.checksums.set(address, placed.checksum());
            case CellSource.Bad bad -> {
                member.checksums.set(address, BlockChecksum.BAD);
                member.badBlocks.add(address);
            }
            case CellSource.Over over ->
                throw new IllegalStateException("cell " + address + " is put in place before it is known");
            case CellSource.Rest rest -> {
                // Behind the mark of a member that is being rebuilt, which will get it then.
            }
        }
    }

    /** Writes the table and makes all of it durable. Blocking. */
    static void flush(Member member) throws DeviceException {
        BitSet dirty = member.checksums.takeDirty();
        for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
            long offset = member.regions().checksumsOffset() + (long) page * Addressing.BLOCK;
            BlockIo.write(member.device, offset, member.checksums.encode(page, 1), WriteMode.CACHED);
        }
        BlockIo.flush(member.device);
    }
}
