package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What lies, when an array starts, where nothing counts and zeroes are promised: it is taken away. Blocking. */
final class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    private final List<@Nullable Member> members;
    private final Addressing map;

    /**
     * To be looked for on these members.
     *
     * @param members by role, with the checksums after the replay; one on which something fails is taken out
     */
    Leftovers(List<@Nullable Member> members, Addressing map) {
        this.members = members;
        this.map = map;
    }

    /** What lies behind where a rebuild goes on: it may have been written to before the interruption. */
    void ofRebuilds() {
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null || member.state() != RoleState.REBUILDING || member.catchesUp) {
                continue;
            }
            // All cells behind a boundary belong to the bands behind it.
            long done = member.rebuilt.below() * map.bandBytes();
            long length = member.regions().dataLength() - done;
            for (long cell = done / map.cell(); cell < member.regions().dataLength() / map.cell(); cell++) {
                member.checksums.set(cell, BlockChecksum.UNWRITTEN);
            }
            if (member.zeroed && length > 0) {
                try {
                    BlockIo.writeZeroes(member.device, member.regions().dataOffset() + done, length, WriteMode.CACHED);
                } catch (DeviceException failure) {
                    members.set(role, null);
                }
            }
        }
    }

    /**
     * What was put in place and never recorded, because the power went.
     *
     * @param bitmap where that may be
     * @param bands how many the array has
     */
    void ofWrites(IntentBitmap bitmap, long bands) {
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null || !member.zeroed) {
                continue;
            }
            try {
                ofWrites(member, bitmap, bands);
                BlockIo.flush(member.device);
            } catch (DeviceException failure) {
                LOG.warn("member fails at the start; member={}", member.device.name(), failure);
                members.set(role, null);
            }
        }
    }

    private void ofWrites(Member member, IntentBitmap bitmap, long bands) throws DeviceException {
        long from = 0;
        long end = 0;
        for (long band = 0; band < bands; band++) {
            if (!bitmap.get(band)) {
                continue;
            }
            for (int column = member.role; column < map.columns(); column += members.size()) {
                for (int row = 0; row < map.rows(); row++) {
                    long cell = map.memberCell(band, column, row);
                    if (member.checksums.get(cell) != BlockChecksum.UNWRITTEN) {
                        continue;
                    }
                    if (cell != end) {
                        zero(member, from, end);
                        from = cell;
                    }
                    end = cell + 1;
                }
            }
        }
        zero(member, from, end);
    }

    private void zero(Member member, long from, long end) throws DeviceException {
        if (end > from) {
            BlockIo.writeZeroes(member.device, member.dataOffset(from), (end - from) * map.cell(), WriteMode.CACHED);
        }
    }
}
