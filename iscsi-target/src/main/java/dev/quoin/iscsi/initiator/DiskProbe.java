package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import dev.quoin.device.Geometry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks a logical unit what it is, over a link that serves nobody else yet. Blocking.
 *
 * <p>Only INQUIRY, READ CAPACITY and a ready unit are needed; what else a unit does not know is taken as its most careful value.
 */
final class DiskProbe {

    private static final int ATTENTIONS_MAX = 16;
    private static final int TRANSFER_BYTES_MAX = 1 << 20;
    private static final int SAME_BYTES_MAX = 4 << 20;
    private static final int ALLOCATION = 252;
    private static final Duration STEP = Duration.ofMillis(100);
    private static final int ILLEGAL_REQUEST = 5;

    /** Physical blocks of more than so many logical ones (as a power of two) are taken for a slip. */
    private static final int EXPONENT_MAX = 10;

    /** Runs one command to its end on the link. */
    interface Caller {
        /** Sends the command and waits; gives how it ended. */
        Answer call(long cdbHigh, long cdbLow, int allocationLength) throws IOException;
    }

    /**
     * How a command ended.
     *
     * @param sense null if it ended well
     * @param data what it brought, from position 0 to the limit
     */
    record Answer(@Nullable SenseFault sense, ByteBuffer data) {
        boolean good() {
            return sense == null;
        }
    }

    private final String name;
    private final Caller caller;

    DiskProbe(String name, Caller caller) {
        this.name = name;
        this.caller = caller;
    }

    /** How long one wait of a probe lasts at most, while nothing happens. */
    static Duration step() {
        return STEP;
    }

    /**
     * Asks.
     *
     * @throws DeviceException if there is no such unit, or it is no disk
     * @throws IOException if the connection broke or the unit is not ready
     */
    Disk run() throws IOException {
        untilReady();
        ByteBuffer standard = must("INQUIRY", 0x12L << 56 | inquiryLength(96), 0, 96, 36);
        if (standard.get(0) != 0) {
            throw new DeviceException(
                    DeviceException.Code.GONE,
                    name,
                    "peripheral byte %02x found, a connected disk (00) expected: check the logical unit number"
                            .formatted(standard.get(0)));
        }
        ByteBuffer capacity = must("READ CAPACITY (16)", 0x9E10L << 48, 32L << 16, 32, 16);
        Answer limits = page(0xB0);
        Answer provisioning = page(0xB2);
        Answer caching = caller.call(0x1AL << 56 | 0x08L << 40 | (long) ALLOCATION << 24, 0, ALLOCATION);
        int blockSize = blockSize(capacity.getInt(8));
        boolean thin = capacity.limit() >= 15 && (capacity.get(14) & 0x80) != 0;
        boolean zeroes = thin && (capacity.get(14) & 0x40) != 0;
        int exponent = capacity.limit() >= 14 ? capacity.get(13) & 0x0F : 0;
        boolean sameUnmaps = zeroes && bit(provisioning, 5, 0x40);
        long transfer = number(limits, 8);
        long sameMax = longNumber(limits, 36);
        Geometry geometry = new Geometry(
                blockSize,
                size(capacity.getLong(0), blockSize),
                exponent <= EXPONENT_MAX ? blockSize << exponent : blockSize,
                optimal(limits, blockSize),
                sameUnmaps);
        return new Disk(
                geometry,
                identity(),
                !caching.good() || writeCache(caching.data()),
                bit(caching, 2, 0x10),
                bit(caching, 2, 0x80),
                (int) Math.min(TRANSFER_BYTES_MAX, transfer == 0 ? TRANSFER_BYTES_MAX : transfer * blockSize),
                sameMax <= 0 || sameMax > SAME_BYTES_MAX / blockSize ? SAME_BYTES_MAX : sameMax * blockSize,
                sameUnmaps,
                thin && bit(provisioning, 5, 0x80),
                number(limits, 20));
    }

    private int blockSize(int found) throws DeviceException {
        if (Integer.bitCount(found) != 1 || found < Geometry.BLOCK_SIZE_MIN || found > Geometry.BLOCK_SIZE_MAX) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED,
                    name,
                    "blocks of " + Integer.toUnsignedString(found) + " bytes found, a power of two from "
                            + Geometry.BLOCK_SIZE_MIN + " to " + Geometry.BLOCK_SIZE_MAX + " expected");
        }
        return found;
    }

    private long size(long lastBlock, int blockSize) throws DeviceException {
        if (lastBlock < 0 || lastBlock >= Long.MAX_VALUE / blockSize) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED,
                    name,
                    "last block " + Long.toUnsignedString(lastBlock) + " found, one of a disk of less than 8 EiB"
                            + " expected");
        }
        return (lastBlock + 1) * blockSize;
    }

    /** Takes the unit attentions that a new session finds (SAM-5 5.14). */
    private void untilReady() throws IOException {
        SenseFault last = null;
        for (int i = 0; i < ATTENTIONS_MAX; i++) {
            last = caller.call(0, 0, 0).sense();
            if (last == null) {
                return;
            }
            if (last.key() == ILLEGAL_REQUEST) {
                throw new DeviceException(
                        last.code(), name, last + " found: there is no such logical unit, check its number");
            }
        }
        throw new IOException(name + ": the unit is not ready, " + last);
    }

    private static long inquiryLength(int length) {
        return (long) length << 24;
    }

    private ByteBuffer must(String what, long cdbHigh, long cdbLow, int allocation, int least) throws IOException {
        Answer answer = caller.call(cdbHigh, cdbLow, allocation);
        if (!answer.good() || answer.data().limit() < least) {
            throw new IOException(name + ": " + what + " gave " + answer.sense() + " and "
                    + answer.data().limit() + " bytes, at least " + least + " expected");
        }
        return answer.data();
    }

    private Answer page(int page) throws IOException {
        return caller.call(0x1201L << 48 | (long) page << 40 | inquiryLength(ALLOCATION), 0, ALLOCATION);
    }

    /** The serial number, or the designators where there is none. */
    private String identity() throws IOException {
        for (int page : new int[] {0x80, 0x83}) {
            Answer answer = page(page);
            if (answer.good() && answer.data().limit() > 4) {
                StringBuilder text = new StringBuilder(Integer.toHexString(page)).append(':');
                for (int i = 4; i < answer.data().limit(); i++) {
                    text.append("%02x".formatted(answer.data().get(i)));
                }
                return text.toString();
            }
        }
        return "";
    }

    /** Bit 2 of byte 2 of the caching page, which follows the header and the block descriptors (SBC-4 6.5.6). */
    private static boolean writeCache(ByteBuffer mode) {
        if (mode.limit() < 4) {
            return true;
        }
        int page = 4 + (mode.get(3) & 0xFF);
        return mode.limit() < page + 3 || (mode.get(page) & 0x3F) != 0x08 || (mode.get(page + 2) & 0x04) != 0;
    }

    private static int optimal(Answer limits, int blockSize) {
        long bytes = number(limits, 12) * blockSize;
        return bytes > 0 && bytes <= TRANSFER_BYTES_MAX * 16L ? (int) bytes : 0;
    }

    private static boolean bit(Answer page, int at, int mask) {
        return page.good() && page.data().limit() > at && (page.data().get(at) & mask) != 0;
    }

    private static long number(Answer page, int at) {
        return page.good() && page.data().limit() >= at + 4 ? page.data().getInt(at) & 0xFFFF_FFFFL : 0;
    }

    private static long longNumber(Answer page, int at) {
        return page.good() && page.data().limit() >= at + 8 ? page.data().getLong(at) : 0;
    }
}
