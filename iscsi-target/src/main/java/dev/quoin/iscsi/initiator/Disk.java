package dev.quoin.iscsi.initiator;

import dev.quoin.device.Geometry;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a logical unit says about itself.
 *
 * @param identity what tells it from other units; empty if it does not say
 * @param writeCache whether a plain write may be lost in a power cut before a SYNCHRONIZE CACHE
 * @param fua whether a write may ask to be durable by itself
 * @param writeProtected whether it takes no writes
 * @param transferBytesMax the longest READ or WRITE in bytes
 * @param writeSameBytesMax the longest WRITE SAME in bytes; 0 if it must not be tried
 * @param sameUnmaps whether WRITE SAME of zeroes may free the blocks
 * @param unmap whether UNMAP may be used as a hint
 * @param unmapBlocksMax the most blocks in one UNMAP
 */
record Disk(
        Geometry geometry,
        String identity,
        boolean writeCache,
        boolean fua,
        boolean writeProtected,
        int transferBytesMax,
        long writeSameBytesMax,
        boolean sameUnmaps,
        boolean unmap,
        long unmapBlocksMax) {

    /** How an identity begins that is the unit serial number, page 80h, in hexadecimal. */
    private static final String SERIAL = "80:";

    /** Page 80h of the vital product data as text (SPC-4 7.8.16); empty if the unit has none, or one that is no text. */
    Optional<String> serialNumber() {
        if (!identity.startsWith(SERIAL)) {
            return Optional.empty();
        }
        byte[] bytes = HexFormat.of().parseHex(identity, SERIAL.length(), identity.length());
        String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        boolean printable = text.chars().allMatch(character -> character >= ' ' && character <= '~');
        return Optional.of(text).filter(serial -> printable && !serial.isEmpty());
    }

    /** The same unit of another size, in bytes. */
    Disk withSize(long size) {
        return new Disk(
                geometry.withSize(size),
                identity,
                writeCache,
                fua,
                writeProtected,
                transferBytesMax,
                writeSameBytesMax,
                sameUnmaps,
                unmap,
                unmapBlocksMax);
    }
}
