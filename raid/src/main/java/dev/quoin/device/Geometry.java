package dev.quoin.device;

/**
 * The size and the block sizes of a device.
 *
 * @param blockSize the addressable unit in bytes, a power of two from 512 to 65,536
 * @param size the size in bytes, a positive multiple of {@code blockSize}
 * @param physicalBlockSize the unit below which a write costs a read, in bytes, a power of two times {@code blockSize}
 * @param optimalTransfer the transfer length that suits the device best, such as a full stripe, in bytes; 0 if none does
 * @param discardZeroes whether discarded blocks read as zeroes
 */
public record Geometry(int blockSize, long size, int physicalBlockSize, int optimalTransfer, boolean discardZeroes) {

    /** The smallest block size, in bytes. */
    public static final int BLOCK_SIZE_MIN = 512;

    /** The largest block size, in bytes. */
    public static final int BLOCK_SIZE_MAX = 65_536;

    public Geometry {
        if (Integer.bitCount(blockSize) != 1 || blockSize < BLOCK_SIZE_MIN || blockSize > BLOCK_SIZE_MAX) {
            throw new IllegalArgumentException(
                    "block size " + blockSize + " found, a power of two from 512 to 65536 expected");
        }
        if (size <= 0 || size % blockSize != 0) {
            throw new IllegalArgumentException(
                    "size " + size + " found, a positive multiple of the block size " + blockSize + " expected");
        }
        if (physicalBlockSize < blockSize || Integer.bitCount(physicalBlockSize) != 1) {
            throw new IllegalArgumentException("physical block size " + physicalBlockSize
                    + " found, a power of two of at least the block size " + blockSize + " expected");
        }
        if (optimalTransfer < 0 || optimalTransfer % blockSize != 0) {
            throw new IllegalArgumentException("optimal transfer length " + optimalTransfer
                    + " found, 0 or a multiple of the block size " + blockSize + " expected");
        }
    }

    /** A geometry without hints: physical blocks are logical blocks, no optimal length, discarded blocks undefined. */
    public static Geometry of(int blockSize, long size) {
        return new Geometry(blockSize, size, blockSize, 0, false);
    }

    /** The same of another size. */
    public Geometry withSize(long newSize) {
        return new Geometry(blockSize, newSize, physicalBlockSize, optimalTransfer, discardZeroes);
    }

    /** The number of blocks. */
    public long blockCount() {
        return size / blockSize;
    }

    /**
     * Checks that a request lies on block boundaries inside the device.
     *
     * @param device the device's name, for the message
     * @throws DeviceException with {@link DeviceException.Code#OUT_OF_RANGE} if it does not
     */
    public void check(String device, long offset, long length) throws DeviceException {
        if (offset < 0 || length < 0 || offset > size || length > size - offset) {
            throw new DeviceException(
                    DeviceException.Code.OUT_OF_RANGE,
                    device,
                    "range " + offset + "+" + length + " found, inside 0+" + size + " expected");
        }
        if (((offset | length) & (blockSize - 1)) != 0) {
            throw new DeviceException(
                    DeviceException.Code.OUT_OF_RANGE,
                    device,
                    "range " + offset + "+" + length + " found, multiples of the block size " + blockSize
                            + " expected");
        }
    }
}
