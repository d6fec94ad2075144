package dev.quoin.raid;

import static dev.quoin.raid.Addressing.BLOCK;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts in place what the journal holds, when an array is started. Blocking, one thread.
 *
 * <p>Of each block only the newest version is written. What a member lacks is made from the others first, and put into its ring as a
 * patch; only then, with every batch whole on every member, is anything written in place. So another crash, at any
 * moment and with any one member lost, leads to the same result.
 */
final class JournalReplay {

    /** Where the newest version of a block comes from. */
    private sealed interface Source {
        /** The journal of its member. */
        record Stored(long offset, int checksum) implements Source {}

        /** The other blocks of its row; the checksum if it is known. */
        record Rest(@Nullable Integer checksum) implements Source {}

        /** Made from the other blocks. */
        record Made(byte[] bytes, int checksum) implements Source {}

        /** Zeroes. */
        record Zero() implements Source {}

        /** Nothing: the row holds nothing any more. */
        record Unwritten() implements Source {}
    }

    private final String array;
    private final UUID uuid;
    private final Addressing map;
    private final BlockChecksum checksum;
    private final List<@Nullable Member> members;
    private final List<@Nullable JournalScan> scans;
    private final List<TreeMap<Long, Source>> newest = new ArrayList<>();
    private final Map<BlockDevice, String> failed = new LinkedHashMap<>();

    /**
     * A replay.
     *
     * @param members by role; null where there is none. One that fails a write is taken out of the list
     * @param scans of these members; null where there is no member, or nothing to replay from it
     */
    JournalReplay(
            Superblock best,
            Addressing map,
            BlockChecksum checksum,
            List<@Nullable Member> members,
            List<@Nullable JournalScan> scans) {
        this.array = "array " + best.name();
        this.uuid = best.array();
        this.map = map;
        this.checksum = checksum;
        this.members = members;
        this.scans = scans;
    }

    /**
     * Does it; afterwards everything is durable.
     *
     * @param bitmap takes the bits of what is replayed
     * @return what was decided
     * @throws DeviceException if batches that were durable cannot be replayed
     */
    JournalChain run(IntentBitmap bitmap) throws DeviceException {
        JournalChain chain = new JournalChain(map, members, scans);
        collect(chain);
        if (chain.lacking >= 0) {
            try {
                makeUp(chain);
            } catch (DeviceException unable) {
                if (!chain.giveUpLacking()) {
                    throw unable;
                }
                collect(chain);
            }
        }
        if (chain.durable > chain.last() && !isSettled(chain.durable)) {
            throw new DeviceException(
                    Code.MEDIUM_ERROR,
                    array,
                    "journal batch " + (chain.last() + 1) + " is damaged on more than one member, " + chain.durable
                            + " was durable: the newest writes are lost; restore the array from a copy");
        }
        if (chain.last() > 0) {
            chain.batches.forEach(batch -> batch.changes().forEach(change -> bitmap.set(change.band())));
            putInPlace();
        }
        return chain;
    }

    /** The members that were taken out, and why. */
    Map<BlockDevice, String> failed() {
        return failed;
    }

    private boolean isSettled(long sequence) {
        return scans.stream().anyMatch(scan -> scan != null && scan.head.settled() >= sequence);
    }

    // ---- what the newest versions are

    private void collect(JournalChain chain) {
        newest.clear();
        members.forEach(member -> newest.add(new TreeMap<>()));
        for (JournalPart table : chain.batches) {
            long[] payload = new long[members.size()];
            for (int role = 0; role < payload.length; role++) {
                JournalScan.Found found = chain.part(role, table.sequence());
                payload[role] = found == null ? -1 : found.payloadOffset();
            }
            for (JournalPart.Change change : table.changes()) {
                change.roles().forEach(role -> collect(change.band(), role, payload));
            }
        }
        for (int role = 0; role < members.size(); role++) {
            JournalScan.Found patch = chain.patch(role);
            if (patch != null) {
                long[] payload = new long[members.size()];
                payload[role] = patch.payloadOffset();
                for (JournalPart.Change change : patch.part().changes()) {
                    change.roles().forEach(each -> collect(change.band(), each, payload));
                }
            }
        }
    }

    private void collect(long band, JournalPart.RoleChange change, long[] payload) {
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
        put(band, change.zero(), blocks, new Source.Zero());
        put(band, change.unwritten(), blocks, new Source.Unwritten());
        put(band, change.implied(), blocks, new Source.Rest(null));
    }

    private void put(long band, long rows, Map<Long, Source> blocks, Source source) {
        for (long left = rows; left != 0; left &= left - 1) {
            blocks.put(map.memberBlock(band, Long.numberOfTrailingZeros(left)), source);
        }
    }

    // ---- what a member lacks

    private void makeUp(JournalChain chain) throws DeviceException {
        Member member = members.get(chain.lacking);
        if (member == null) {
            throw new IllegalStateException("role " + chain.lacking + " lacks something and is absent");
        }
        TreeMap<Long, Source> made = new TreeMap<>();
        for (Map.Entry<Long, Source> entry : newest.get(member.role).entrySet()) {
            if (entry.getValue() instanceof Source.Rest rest) {
                made.put(entry.getKey(), make(member, entry.getKey(), rest));
            }
        }
        newest.get(member.role).putAll(made);
        if (!made.isEmpty()) {
            writePatch(member, chain, made);
        }
    }

    /** Makes a block from the newest versions of the rest of its row, each of which must be good. */
    private Source make(Member member, long block, Source.Rest rest) throws DeviceException {
        byte[][] others = new byte[members.size()][];
        int count = 0;
        int blank = 0;
        for (Member other : members) {
            if (other != null && other.role != member.role) {
                blank += isBlank(other, block) ? 1 : 0;
                others[count++] = content(other, block);
            }
        }
        if (count < members.size() - 1) {
            throw unrestorable(member, block, "another member is missing");
        }
        if (blank == count) {
            return new Source.Unwritten();
        }
        byte[] bytes = new byte[BLOCK];
        Xor.into(bytes, others, count, 0, BLOCK);
        int found = checksum.of(member.role, block, bytes, 0);
        if (rest.checksum() != null && rest.checksum() != found) {
            throw unrestorable(member, block, "the other members give something else");
        }
        return new Source.Made(bytes, found);
    }

    private boolean isBlank(Member other, long block) {
        Source source = newest.get(other.role).get(block);
        return source == null
                ? other.checksums.get(block) == BlockChecksum.UNWRITTEN
                : source instanceof Source.Unwritten;
    }

    private byte[] content(Member other, long block) throws DeviceException {
        byte[] bytes = new byte[BLOCK];
        switch (newest.get(other.role).get(block)) {
            case Source.Stored stored -> BlockIo.read(other.device, stored.offset(), ByteBuffer.wrap(bytes));
            case Source.Made made -> System.arraycopy(made.bytes(), 0, bytes, 0, BLOCK);
            case Source.Zero zero -> {
                // As allocated.
            }
            case Source.Unwritten unwritten -> {
                // As allocated.
            }
            case Source.Rest rest -> throw unrestorable(other, block, "two members lack a block of its row");
            case null -> {
                int expected = other.checksums.get(block);
                if (expected != BlockChecksum.UNWRITTEN) {
                    BlockIo.read(other.device, other.dataOffset(block), ByteBuffer.wrap(bytes));
                    if (checksum.of(other.role, block, bytes, 0) != expected) {
                        throw unrestorable(other, block, "it fails its checksum");
                    }
                }
            }
        }
        return bytes;
    }

    private void writePatch(Member member, JournalChain chain, Map<Long, Source> made) throws DeviceException {
        JournalScan scan = scans.get(member.role);
        if (scan == null) {
            throw unrestorable(member, 0, "its journal is of an older start");
        }
        ByteBuffer patch =
                JournalPart.encodePatch(uuid, scan.head.generation(), chain.last(), changes(member.role, made));
        int headerLength = patch.limit();
        ByteBuffer part = ByteBuffer.allocate(headerLength + made.size() * BLOCK);
        part.position(headerLength);
        for (Source source : made.values()) {
            if (source instanceof Source.Made bytes) {
                part.put(bytes.bytes());
            }
        }
        part.flip();
        JournalPart.address(patch, member.role, part.limit());
        part.put(0, patch, 0, headerLength);
        long at = scan.placeForPatch(part.limit(), member.regions.journalLength());
        if (at < 0) {
            throw unrestorable(member, made.keySet().iterator().next(), "its ring has no room for a patch");
        }
        BlockIo.write(member.device, member.regions.journalOffset() + at, part, WriteMode.FUA);
    }

    private List<JournalPart.Change> changes(int role, Map<Long, Source> made) {
        TreeMap<Long, long[]> bands = new TreeMap<>();
        made.forEach((block, source) -> {
            long[] masks = bands.computeIfAbsent(block / map.rows(), band -> new long[2]);
            masks[source instanceof Source.Made ? 0 : 1] |= 1L << (block % map.rows());
        });
        List<JournalPart.Change> changes = new ArrayList<>();
        bands.forEach((band, masks) -> {
            int[] checksums = new int[Long.bitCount(masks[0])];
            int k = 0;
            for (long left = masks[0]; left != 0; left &= left - 1) {
                Source source = made.get(map.memberBlock(band, Long.numberOfTrailingZeros(left)));
                checksums[k++] = source instanceof Source.Made bytes ? bytes.checksum() : 0;
            }
            changes.add(new JournalPart.Change(
                    band, List.of(new JournalPart.RoleChange(role, masks[0], 0, masks[1], 0, checksums))));
        });
        return changes;
    }

    private DeviceException unrestorable(Member member, long block, String why) {
        return new DeviceException(
                Code.MEDIUM_ERROR,
                array,
                "a part of the journal is damaged and block " + block + " of " + member.device.name()
                        + " cannot be used to make up for it: " + why);
    }

    // ---- in place

    private void putInPlace() {
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null) {
                continue;
            }
            try {
                for (Map.Entry<Long, Source> entry : newest.get(role).entrySet()) {
                    put(member, entry.getKey(), entry.getValue());
                }
                flush(member);
            } catch (DeviceException failure) {
                // The others hold everything without it. Who is left is counted by the caller.
                members.set(role, null);
                failed.put(member.device, "failed during the replay: " + failure.getMessage());
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
            case Source.Made made -> {
                BlockIo.write(member.device, member.dataOffset(block), ByteBuffer.wrap(made.bytes()), WriteMode.CACHED);
                member.checksums.set(block, made.checksum());
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
                // Of a member that is being rebuilt, which will get it then.
            }
        }
    }

    private static void flush(Member member) throws DeviceException {
        BitSet dirty = member.checksums.takeDirty();
        for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
            long offset = member.regions.checksumsOffset() + (long) page * BLOCK;
            BlockIo.write(member.device, offset, member.checksums.encode(page, 1), WriteMode.CACHED);
        }
        BlockIo.flush(member.device);
    }
}
