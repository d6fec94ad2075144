package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.Decoded;
import dev.quoin.blockstore.catalogue.PoolLabel;
import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Reads and writes the labels on a pool's arrays. Blocking. */
final class Labels {

    /** How many places of an array are looked at to see whether it is blank, beside the area of the labels. */
    private static final int BLANK_SAMPLES = 64;

    private Labels() {}

    /** The newest label on an array, if there is a valid one. */
    static Optional<PoolLabel> read(BlockDevice array) throws BlockStoreException {
        PoolLabel newest = null;
        for (int slot = 0; slot < PoolLabel.SLOTS; slot++) {
            byte[] bytes = readSlot(array, slot);
            if (PoolLabel.decode(bytes) instanceof Decoded.Valid<PoolLabel>(PoolLabel label)
                    && (newest == null || label.sequence() > newest.sequence())) {
                newest = label;
            }
        }
        return Optional.ofNullable(newest);
    }

    /** Writes a label durably. */
    static void write(BlockDevice array, PoolLabel label) throws BlockStoreException {
        byte[] record = label.encode();
        int blockSize = array.geometry().blockSize();
        ByteBuffer block = ByteBuffer.allocate(Math.ceilDiv(record.length, blockSize) * blockSize);
        block.put(record).position(0);
        try {
            BlockIo.write(array, (long) label.slot() * PoolLabel.SLOT_LENGTH, block, WriteMode.FUA);
        } catch (DeviceException failure) {
            throw BlockStoreException.of("writing the label of pool " + label.poolName(), failure);
        }
    }

    /**
     * Checks that an array is the pool's and that no later owner has been there, and leaves this owner's token on it.
     *
     * @param mayBeMissing whether the array may carry no label yet, since the pool's creation was cut short
     */
    static void claim(BlockDevice array, PoolRecord pool, int part, long token, boolean mayBeMissing)
            throws BlockStoreException {
        PoolLabel wanted = PoolLabel.of(pool, part, 0, token);
        Optional<PoolLabel> found = read(array);
        if (found.isEmpty() && !mayBeMissing) {
            throw new BlockStoreException(
                    BlockStoreException.Code.DAMAGED,
                    "no label found on " + array.name() + ", that of pool " + pool.name() + " part " + part
                            + " expected: check that the right array is given under this name");
        }
        if (found.isPresent() && !found.get().describesSameAs(wanted)) {
            throw new BlockStoreException(
                    BlockStoreException.Code.DAMAGED,
                    found.get() + " found on " + array.name() + ", " + wanted
                            + " expected: check that the right array is given under this name");
        }
        if (found.isPresent() && found.get().token() > token) {
            throw new BlockStoreException(
                    BlockStoreException.Code.FENCED,
                    "token " + found.get().token() + " found on " + array.name() + ", at most " + token
                            + " expected: a later owner has opened pool " + pool.name());
        }
        long sequence = found.map(label -> label.sequence() + 1).orElse(0L);
        write(array, PoolLabel.of(pool, part, sequence, token));
        if (found.isEmpty()) {
            // Both slots hold the label from the start, so that losing one block loses nothing.
            write(array, PoolLabel.of(pool, part, sequence + 1, token));
        }
    }

    /**
     * Refuses an array that holds data. Looks at the label area and at samples of the rest: an array from which a pool is made
     * must never have been written, since extents that the pool has not used are taken to read as zeroes.
     */
    static void requireBlank(BlockDevice array) throws BlockStoreException {
        for (int slot = 0; slot < PoolLabel.SLOTS; slot++) {
            byte[] bytes = readSlot(array, slot);
            if (PoolLabel.decode(bytes) instanceof Decoded.Valid<PoolLabel>(PoolLabel label)) {
                throw new BlockStoreException(
                        BlockStoreException.Code.IN_USE,
                        array.name() + " belongs to pool " + label.poolName() + " (" + label.pool()
                                + "): use another array, or create this one anew");
            }
            requireZero(array, (long) slot * PoolLabel.SLOT_LENGTH, bytes);
        }
        int blockSize = array.geometry().blockSize();
        long blocks = array.geometry().blockCount();
        for (int i = 0; i <= BLANK_SAMPLES; i++) {
            long offset = (blocks - 1) * i / BLANK_SAMPLES * blockSize;
            requireZero(array, offset, read(array, offset, blockSize));
        }
    }

    private static void requireZero(BlockDevice array, long offset, byte[] bytes) throws BlockStoreException {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                throw new BlockStoreException(
                        BlockStoreException.Code.IN_USE,
                        "data found at byte " + (offset + i) + " of " + array.name()
                                + ", a blank array expected: use another array, or create this one anew");
            }
        }
    }

    private static byte[] readSlot(BlockDevice array, int slot) throws BlockStoreException {
        return read(array, (long) slot * PoolLabel.SLOT_LENGTH, PoolLabel.SLOT_LENGTH);
    }

    private static byte[] read(BlockDevice array, long offset, int length) throws BlockStoreException {
        try {
            return BlockIo.read(array, offset, length).array();
        } catch (DeviceException failure) {
            throw BlockStoreException.of("reading the label of " + array.name(), failure);
        }
    }
}
