package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes into use what the devices of all members have become larger by. Blocking; the array serves but for a moment.
 *
 * <p>Two steps, each durable on all members before what follows. First the checksums get a place that has room for those of the new
 * cells: they are kept at both places until all superblocks name the new one. Then, with the new cells empty, the superblocks say
 * how much data there is. A cut finds the old size or the new one, whatever each member was told last: one that was not told of
 * the new size has room for it.
 */
final class Growth {

    /** How many pages of checksums are copied at once: 16 MiB. */
    private static final int PAGES_STEP = 4096;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1024 * 1024);

    private final ArrayCore core;
    private final Handover handover;
    private final Progress progress;
    private final List<Member> members = new ArrayList<>();
    private final List<Regions> wanted = new ArrayList<>();
    private long length;

    Growth(ArrayCore core, Handover handover, Progress progress) {
        this.core = core;
        this.handover = handover;
        this.progress = progress;
    }

    void run() throws DeviceException {
        plan();
        try {
            for (int role = 0; role < wanted.size(); role++) {
                if (isMoved(role) && core.sabotage != Sabotage.NO_COPY_OF_CHECKSUMS) {
                    copyChecksums(members.get(role), wanted.get(role));
                }
                progress.at(role + 1, wanted.size());
            }
            handover.run(this::grow);
        } finally {
            members.forEach(member -> member.secondChecksums(0));
        }
    }

    private void plan() throws DeviceException {
        requireAll();
        long before = core.bandCount * core.map.bandBytes();
        length = Long.MAX_VALUE;
        String smallest = "";
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.member(role);
            member.device.refreshSize();
            long room = member.regions()
                    .grown(member.device.geometry().size(), core.map)
                    .dataLength();
            if (room < length) {
                length = room;
                smallest = member.device.name() + " (role " + role + ")";
            }
            members.add(member);
        }
        if (length <= before) {
            throw new DeviceException(
                    Code.OUT_OF_RANGE,
                    core.deviceName(),
                    "room for " + length + " bytes of data found on " + smallest + ", more than " + before
                            + " expected on every member: make that device larger by at least a thousandth, or replace it"
                            + " by a larger one");
        }
        for (Member member : members) {
            wanted.add(member.regions().grown(member.device.geometry().size(), core.map, length));
        }
    }

    private boolean isMoved(int role) {
        return wanted.get(role).checksumsOffset() != members.get(role).regions().checksumsOffset();
    }

    private void copyChecksums(Member member, Regions to) throws DeviceException {
        // Written through first, so that a device without space says so before anything depends on it.
        long end = to.checksumsOffset() + to.checksumsLength();
        for (long at = to.checksumsOffset(); at < end; at += ZEROES.capacity()) {
            ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(ZEROES.capacity(), end - at));
            BlockIo.write(member.device, at, zeroes, WriteMode.CACHED);
        }
        member.secondChecksums(to.checksumsOffset());
        int pages = member.checksums.pages();
        for (int page = 0; page < pages; page += PAGES_STEP) {
            member.checksums.markDirty(page, Math.min(page + PAGES_STEP, pages));
            Checkpoint.writeMetadata(core, member).join();
        }
        requireAll();
    }

    /** With nothing else going on: the two steps. */
    private ArrayCore grow() throws DeviceException {
        requireAll();
        if (core.sabotage != Sabotage.GROWN_IN_ONE_STEP) {
            core.membership
                    .change(() -> place(core.bandCount * core.map.bandBytes()))
                    .join();
            requireAll();
        }
        for (int role = 0; role < members.size(); role++) {
            empty(members.get(role), wanted.get(role));
        }
        Superblock now = core.membership.superblock(members.getFirst());
        List<@Nullable Member> grown = new ArrayList<>();
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            long cells = length / core.map.cell();
            grown.add(new Member(member, wanted.get(role), member.checksums.grown(cells)));
        }
        long bands = core.map.bands(length);
        return new ArrayCore(core, now.withRegions(wanted.getFirst()), grown, core.intent.copy(bands));
    }

    /** Called in a change of the membership. */
    private void place(long dataLength) {
        for (int role = 0; role < members.size(); role++) {
            members.get(role).regions(wanted.get(role).withDataLength(dataLength));
        }
    }

    /** Makes the new cells of a member zeroes if that was said of all that are not written. */
    private void empty(Member member, Regions to) throws DeviceException {
        long from = to.dataOffset() + core.bandCount * core.map.bandBytes();
        if (member.zeroed) {
            BlockIo.writeZeroes(member.device, from, to.dataOffset() + length - from, WriteMode.CACHED);
        }
        BlockIo.flush(member.device);
    }

    private void requireAll() throws DeviceException {
        DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        if (!core.isOptimal()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    "a member that is not in sync found, all in sync expected to grow: replace and rebuild it first");
        }
    }
}
