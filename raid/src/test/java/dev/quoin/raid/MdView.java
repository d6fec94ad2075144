package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An array as Linux md sees it: written from md(4) and the kernel's raid5_compute_sector, with nothing of ours but the reader of the
 * superblock.
 */
final class MdView {

    private final MdSuperblock md;
    private final int members;
    private final int chunk;
    /** By role: the data region. */
    private final Map<Integer, byte[]> data = new TreeMap<>();

    private MdView(MdSuperblock md) {
        this.md = md;
        this.members = md.raidDisks();
        this.chunk = md.chunkSectors() * 512;
    }

    /** Takes the devices with the most events, as md does; null if none has a superblock. */
    static MdView assemble(List<? extends BlockDevice> devices) throws DeviceException {
        List<MdSuperblock> superblocks = new ArrayList<>();
        MdSuperblock best = null;
        for (BlockDevice device : devices) {
            long size = device.geometry().size();
            long place = ((size / 512 - 16) & ~7L) * 512;
            MdSuperblock found =
                    MdSuperblock.parse(BlockIo.read(device, place, 4096)) instanceof MdSuperblock.Parsed.Valid valid
                            ? valid.superblock()
                            : null;
            superblocks.add(found);
            best = found != null && (best == null || found.events() > best.events()) ? found : best;
        }
        if (best == null) {
            return null;
        }
        MdView view = new MdView(best);
        for (int i = 0; i < devices.size(); i++) {
            MdSuperblock own = superblocks.get(i);
            if (own != null && own.events() == best.events() && own.role() < best.raidDisks()) {
                view.data.put(
                        own.role(),
                        BlockIo.read(devices.get(i), own.dataOffset() * 512, Math.toIntExact(own.dataSectors() * 512))
                                .array());
            }
        }
        return view;
    }

    MdSuperblock superblock() {
        return md;
    }

    int present() {
        return data.size();
    }

    /** The bytes of the whole array; needs all members. */
    byte[] content() {
        byte[] first = data.values().iterator().next();
        int rows = md.level() == 1 ? 1 : first.length / chunk;
        return switch (md.level()) {
            case 0 -> copies(rows, 1);
            case 1 -> first.clone();
            case 5 -> parity(rows, 1);
            case 6 -> parity(rows, 2);
            case 10 -> copies(rows, md.layout() & 0xff);
            default -> throw new AssertionError("level " + md.level());
        };
    }

    private byte[] copies(int rows, int copies) {
        int chunks = rows * members / copies;
        byte[] content = new byte[chunks * chunk];
        for (int each = 0; each < chunks; each++) {
            int slot = each * copies;
            System.arraycopy(data.get(slot % members), slot / members * chunk, content, each * chunk, chunk);
        }
        return content;
    }

    private byte[] parity(int rows, int parities) {
        int perRow = members - parities;
        byte[] content = new byte[rows * perRow * chunk];
        for (int row = 0; row < rows; row++) {
            for (int index = 0; index < perRow; index++) {
                int disk = disk(row, index, parities);
                System.arraycopy(data.get(disk), row * chunk, content, (row * perRow + index) * chunk, chunk);
            }
        }
        return content;
    }

    /** ALGORITHM_LEFT_SYMMETRIC. */
    private int disk(int row, int index, int parities) {
        int p = members - 1 - row % members;
        return (p + parities + index) % members;
    }

    /** Places at which the redundancy is not right; empty if all of it is. Needs all members. */
    List<String> mismatches() {
        List<String> wrong = new ArrayList<>();
        int length = data.get(0).length;
        for (int at = 0; at < length; at++) {
            boolean right = switch (md.level()) {
                case 1 -> sameOnAll(at);
                case 5 -> xorIsZero(at);
                case 6 -> syndromeIsRight(at);
                case 10 -> copiesAreSame(at);
                default -> true;
            };
            if (!right && wrong.size() < 10) {
                wrong.add("byte " + at);
            }
        }
        return wrong;
    }

    private boolean sameOnAll(int at) {
        return data.values().stream().allMatch(bytes -> bytes[at] == data.get(0)[at]);
    }

    private boolean xorIsZero(int at) {
        int sum = 0;
        for (byte[] bytes : data.values()) {
            sum ^= bytes[at];
        }
        return sum == 0;
    }

    private boolean syndromeIsRight(int at) {
        int row = at / chunk;
        int p = members - 1 - row % members;
        int pSum = 0;
        int qSum = 0;
        // By Horner's rule, from the last data chunk on.
        for (int index = members - 3; index >= 0; index--) {
            int value = data.get(disk(row, index, 2))[at] & 0xff;
            pSum ^= value;
            qSum = ((qSum << 1) ^ ((qSum & 0x80) != 0 ? 0x11d : 0)) ^ value;
        }
        return data.get(p)[at] == (byte) pSum && data.get((p + 1) % members)[at] == (byte) qSum;
    }

    private boolean copiesAreSame(int at) {
        int row = at / chunk;
        int inChunk = at % chunk;
        for (int member = 0; member < members; member++) {
            int slot = row * members + member;
            int other = slot ^ 1;
            int otherAt = other / members * chunk + inChunk;
            if (data.get(member)[at] != data.get(other % members)[otherAt]) {
                return false;
            }
        }
        return true;
    }
}
