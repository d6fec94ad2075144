package dev.quoin.raid;

import static dev.quoin.raid.Addressing.BLOCK;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the journal ring of one member: the parts behind the head, as far as they are whole. Blocking.
 *
 * <p>Parts follow each other; one that did not fit before the end of the ring is at its start. The first place where no
 * newer part begins ends the scan. A part counts only if its header and all its stored blocks are good.
 */
final class JournalScan {

    /** A part and where its stored blocks lie on the device. */
    record Found(JournalPart part, long payloadOffset) {}

    final JournalHead head;
    final TreeMap<Long, Found> parts = new TreeMap<>();

    /** What made up for parts that this member lacks; nothing follows it. */
    @Nullable Found patch;

    private long end;

    private JournalScan(JournalHead head) {
        this.head = head;
        this.end = head.tail();
    }

    /** The last batch that this member knows of. */
    long last() {
        return parts.isEmpty() ? 0 : parts.lastKey();
    }

    /** Where in the ring a patch can go, behind the last good part and before the tail; -1 if there is no room. */
    long placeForPatch(int length, long ringLength) {
        boolean wrapped = end < head.tail() || (end == head.tail() && !parts.isEmpty());
        if (wrapped) {
            return end + length <= head.tail() ? end : -1;
        }
        if (end + length <= ringLength) {
            return end;
        }
        return length <= head.tail() ? 0 : -1;
    }

    /** The newest head of a member's journal; null if both are damaged. */
    static @Nullable JournalHead readHead(BlockDevice device, UUID array) throws DeviceException {
        JournalHead newest = null;
        for (int slot = 0; slot < 2; slot++) {
            long offset = Regions.JOURNAL_HEADS_OFFSET + (long) slot * JournalHead.SIZE;
            try {
                newest = JournalHead.newer(
                        newest, JournalHead.decode(BlockIo.read(device, offset, JournalHead.SIZE), array));
            } catch (DeviceException unreadable) {
                if (unreadable.code() != Code.MEDIUM_ERROR) {
                    throw unreadable;
                }
            }
        }
        return newest;
    }

    static JournalScan scan(Member member, JournalHead head, UUID array, Addressing map, BlockChecksum checksum)
            throws DeviceException {
        JournalScan scan = new JournalScan(head);
        long at = head.tail();
        long last = head.settled();
        while (true) {
            Found found = scan.partAt(member, at, last, array, map, checksum);
            if (found == null && at != 0) {
                at = 0;
                found = scan.partAt(member, at, last, array, map, checksum);
            }
            if (found == null) {
                return scan;
            }
            if (found.part.isPatch()) {
                scan.patch = found;
                return scan;
            }
            last = found.part.sequence();
            scan.parts.put(last, found);
            at += found.part.partLength();
            if (at >= member.regions().journalLength()) {
                at = 0;
            }
            scan.end = at;
        }
    }

    private @Nullable Found partAt(
            Member member, long at, long after, UUID array, Addressing map, BlockChecksum checksum)
            throws DeviceException {
        long space = member.regions().journalLength() - at;
        if (space < BLOCK || at < 0 || at % BLOCK != 0) {
            return null;
        }
        try {
            long offset = member.regions().journalOffset() + at;
            int headerLength = JournalPart.claimedHeaderLength(
                    BlockIo.read(member.device, offset, BLOCK), array, head.generation());
            if (headerLength < 0 || headerLength > space) {
                return null;
            }
            JournalPart part =
                    JournalPart.decode(BlockIo.read(member.device, offset, headerLength), map.columns(), map.rows());
            if (part == null
                    || part.sequence() < after
                    || (part.sequence() == after && !part.isPatch())
                    || part.role() != member.role
                    || part.partLength() > space
                    || part.partLength()
                            != headerLength + JournalPart.wholeBlocks(part.storedCells(map) * map.cell())) {
                return null;
            }
            Found found = new Found(part, offset + headerLength);
            return payloadIsGood(member, found, map, checksum) ? found : null;
        } catch (DeviceException unreadable) {
            if (unreadable.code() == Code.MEDIUM_ERROR) {
                return null;
            }
            throw unreadable;
        }
    }

    private static boolean payloadIsGood(Member member, Found found, Addressing map, BlockChecksum checksum)
            throws DeviceException {
        int length = JournalPart.wholeBlocks(found.part.storedCells(map) * map.cell());
        byte[] payload =
                BlockIo.read(member.device, found.payloadOffset, length).array();
        int at = 0;
        for (JournalPart.Change change : found.part.changes()) {
            for (JournalPart.ColumnChange column : change.columns()) {
                if (map.role(column.column()) != member.role) {
                    continue;
                }
                int k = 0;
                for (long left = column.stored(); left != 0; left &= left - 1) {
                    int row = Long.numberOfTrailingZeros(left);
                    long address = map.memberCell(change.band(), column.column(), row);
                    if (checksum.of(member.role, address, payload, at) != column.checksums()[k++]) {
                        return false;
                    }
                    at += map.cell();
                }
            }
        }
        return true;
    }
}
