package dev.quoin.raid;

import static dev.quoin.raid.Addressing.BLOCK;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts in place what the journal holds, when an array is started. Blocking, one thread.
 *
 * <p>Batches are taken in order from the first unsettled one on, for as long as each is whole: at most one member may lack
 * its part, or be absent, since what one member lacks is the XOR of the others. The first batch that is not whole was
 * never durable, and neither was any behind it. Of each block only the newest version is written. Doing all this again after
 * another crash gives the same.
 */
final class JournalReplay {

    /** Where the newest version of a block comes from. */
    private sealed interface Source {
        /** The journal of its member. */
        record Stored(long offset, int checksum) implements Source {}

        /** The other blocks of its row; the checksum if it is known. */
        record Rest(@Nullable Integer checksum) implements Source {}

        /** Zeroes. */
        record Zero() implements Source {}

        /** Nothing: the row holds nothing any more. */
        record Unwritten() implements Source {}
    }

    private final String array;
    private final Addressing map;
    private final BlockChecksum checksum;
    private final List<@Nullable Member> members;
    private final List<@Nullable JournalScan> scans;
    private final IntentBitmap bitmap;
    private final List<TreeMap<Long, Source>> newest;
    private long batches;
    private boolean rebuildAgain;

    /**
     * A replay.
     *
     * @param members by role; null where there is none
     * @param scans of these members; null where there is no member, or nothing to replay from it
     * @param bitmap takes the bits of what is replayed
     */
    JournalReplay(
            String array,
            Addressing map,
            BlockChecksum checksum,
            List<@Nullable Member> members,
            List<@Nullable JournalScan> scans,
            IntentBitmap bitmap) {
        this.array = array;
        this.map = map;
        this.checksum = checksum;
        this.members = members;
        this.scans = scans;
        this.bitmap = bitmap;
        this.newest =
                members.stream().map(member -> new TreeMap<Long, Source>()).toList();
    }

    /** Does it; afterwards everything is durable. Gives the number of batches. */
    long run() throws DeviceException {
        long settled = 0;
        long last = 0;
        long synced = 0;
        for (JournalScan scan : scans) {
            if (scan != null) {
                settled = Math.max(settled, scan.head.settled());
                last = Math.max(last, scan.parts.isEmpty() ? 0 : scan.parts.lastKey());
                for (JournalScan.Found found : scan.parts.values()) {
                    synced = Math.max(synced, found.part().synced());
                }
            }
        }
        long sequence = settled + 1;
        while (sequence <= last && take(sequence)) {
            sequence++;
        }
        if (synced >= sequence) {
            throw new DeviceException(
                    Code.MEDIUM_ERROR,
                    array,
                    "journal batch " + sequence + " is damaged on more than one member, " + synced
                            + " was durable: the newest writes are lost; restore the array from a copy");
        }
        if (batches > 0) {
            putInPlace();
        }
        return batches;
    }

    /** Takes a batch in if it is whole. */
    private boolean take(long sequence) {
        JournalPart any = null;
        for (JournalScan scan : scans) {
            JournalScan.Found found = scan == null ? null : scan.parts.get(sequence);
            any = found == null ? any : found.part();
        }
        if (any == null) {
            return false;
        }
        int lost = 0;
        int absent = any.absent();
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null || member.state() != RoleState.IN_SYNC) {
                absent |= 1 << role;
                rebuildAgain |= member != null && found(role, sequence) == null && stores(any, role);
            } else if (lacks(any, role, sequence)) {
                lost |= 1 << role;
            }
        }
        if (lost != 0 && Integer.bitCount(lost | absent) > map.layout().tolerance()) {
            return false;
        }
        apply(any, sequence);
        batches++;
        return true;
    }

    /** Whether a member that changes has not all that changes on it. */
    private boolean lacks(JournalPart part, int role, long sequence) {
        boolean whole = found(role, sequence) != null;
        return part.changes().stream()
                .flatMap(change -> change.roles().stream())
                .anyMatch(change -> change.role() == role && (!whole || change.implied() != 0));
    }

    private static boolean stores(JournalPart part, int role) {
        return part.changes().stream()
                .flatMap(change -> change.roles().stream())
                .anyMatch(change -> change.role() == role && change.implied() == 0);
    }

    /** Whether a member that was being rebuilt missed something in what had been rebuilt. */
    boolean rebuildAgain() {
        return rebuildAgain;
    }

    private JournalScan.@Nullable Found found(int role, long sequence) {
        JournalScan scan = scans.get(role);
        return scan == null ? null : scan.parts.get(sequence);
    }

    private void apply(JournalPart table, long sequence) {
        long[] payload = new long[members.size()];
        for (int role = 0; role < payload.length; role++) {
            JournalScan.Found found = found(role, sequence);
            payload[role] = found == null ? -1 : found.payloadOffset();
        }
        for (JournalPart.Change change : table.changes()) {
            bitmap.set(change.band());
            for (JournalPart.RoleChange role : change.roles()) {
                if (members.get(role.role()) != null) {
                    apply(change.band(), role, payload);
                }
            }
        }
    }

    private void apply(long band, JournalPart.RoleChange change, long[] payload) {
        int role = change.role();
        TreeMap<Long, Source> blocks = newest.get(role);
        int k = 0;
        for (long left = change.stored(); left != 0; left &= left - 1) {
            long block = map.memberBlock(band, Long.numberOfTrailingZeros(left));
            int expected = change.checksums()[k++];
            if (payload[role] >= 0) {
                blocks.put(block, new Source.Stored(payload[role], expected));
                payload[role] += BLOCK;
            } else {
                blocks.put(block, new Source.Rest(expected));
            }
        }
        each(band, change.zero(), block -> blocks.put(block, new Source.Zero()));
        each(band, change.unwritten(), block -> blocks.put(block, new Source.Unwritten()));
        each(band, change.implied(), block -> blocks.put(block, new Source.Rest(null)));
    }

    private interface BlockAction {
        void on(long block);
    }

    private void each(long band, long rows, BlockAction action) {
        for (long left = rows; left != 0; left &= left - 1) {
            action.on(map.memberBlock(band, Long.numberOfTrailingZeros(left)));
        }
    }

    private void putInPlace() throws DeviceException {
        for (Member member : members) {
            if (member != null) {
                for (Map.Entry<Long, Source> entry : newest.get(member.role).entrySet()) {
                    put(member, entry.getKey(), entry.getValue());
                }
            }
        }
        // Only now, when all that the others have is in place.
        for (Member member : members) {
            if (member != null && member.state() == RoleState.IN_SYNC) {
                for (Map.Entry<Long, Source> entry : newest.get(member.role).entrySet()) {
                    if (entry.getValue() instanceof Source.Rest rest) {
                        restore(member, entry.getKey(), rest);
                    }
                }
            }
        }
        for (Member member : members) {
            if (member != null) {
                flush(member);
            }
        }
    }

    private void put(Member member, long block, Source source) throws DeviceException {
        switch (source) {
            case Source.Stored stored -> {
                ByteBuffer bytes = BlockIo.read(member.device, stored.offset(), BLOCK);
                BlockIo.write(member.device, member.dataOffset(block), bytes, WriteMode.CACHED);
                member.checksums.set(block, stored.checksum());
            }
            case Source.Zero zero -> {
                BlockIo.writeZeroes(member.device, member.dataOffset(block), BLOCK, WriteMode.CACHED);
                member.checksums.set(block, checksum.ofZeroes(member.role, block));
            }
            case Source.Unwritten unwritten -> {
                if (member.zeroed) {
                    BlockIo.writeZeroes(member.device, member.dataOffset(block), BLOCK, WriteMode.CACHED);
                }
                member.checksums.set(block, BlockChecksum.UNWRITTEN);
            }
            case Source.Rest rest -> {
                // Later, from the others.
            }
        }
    }

    /** Makes a block from the rest of its row, each block of which must be good. */
    private void restore(Member member, long block, Source.Rest rest) throws DeviceException {
        byte[][] others = new byte[members.size()][];
        int count = 0;
        int blank = 0;
        for (Member other : members) {
            if (other == null || other == member) {
                continue;
            }
            int expected = other.checksums.get(block);
            byte[] bytes = new byte[BLOCK];
            if (expected == BlockChecksum.UNWRITTEN) {
                blank++;
            } else {
                BlockIo.read(other.device, other.dataOffset(block), ByteBuffer.wrap(bytes));
                if (checksum.of(other.role, block, bytes, 0) != expected) {
                    throw unrestorable(member, block, "block of " + other.device.name() + " fails its checksum");
                }
            }
            others[count++] = bytes;
        }
        if (count < members.size() - 1) {
            throw unrestorable(member, block, "another member is missing");
        }
        if (blank == count) {
            member.checksums.set(block, BlockChecksum.UNWRITTEN);
            return;
        }
        byte[] made = new byte[BLOCK];
        Xor.into(made, others, count, 0, BLOCK);
        int found = checksum.of(member.role, block, made, 0);
        if (rest.checksum() != null && rest.checksum() != found) {
            throw unrestorable(member, block, "the other members give something else");
        }
        BlockIo.write(member.device, member.dataOffset(block), ByteBuffer.wrap(made), WriteMode.CACHED);
        member.checksums.set(block, found);
    }

    private DeviceException unrestorable(Member member, long block, String why) {
        return new DeviceException(
                Code.MEDIUM_ERROR,
                member.device.name(),
                "its part of the journal is damaged and block " + block + " cannot be made from the other members: "
                        + why);
    }

    private static void flush(Member member) throws DeviceException {
        java.util.BitSet dirty = member.checksums.takeDirty();
        for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
            long offset = member.regions.checksumsOffset() + (long) page * BLOCK;
            BlockIo.write(member.device, offset, member.checksums.encode(page, 1), WriteMode.CACHED);
        }
        BlockIo.flush(member.device);
    }
}
