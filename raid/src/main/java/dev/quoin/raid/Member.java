package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.UUID;

/**
 * One member of a running array. A replaced member is another object.
 *
 * <p>The state is written under the lock of {@link Membership} and read by all.
 */
final class Member {

    final int role;
    final UUID uuid;
    final BlockDevice device;
    final Regions regions;
    final boolean zeroed;
    /** Whether it is read from only if no other has the block. */
    final boolean writeMostly;

    /** Whether its rebuild is only of what was written while it was away. */
    final boolean catchesUp;

    final RebuiltBands rebuilt;
    final ReadQueue reads = new ReadQueue();
    final ChecksumTable checksums;
    final BadBlockLog badBlocks;
    final Ring ring;
    /** The update number of the journal head last written. Guarded by there being one checkpoint at a time. */
    long headUpdate;

    private final int cell;
    private volatile RoleState state;

    /**
     * A member.
     *
     * @param superblock its own
     * @param current what the newest superblock says about it
     */
    Member(
            int role,
            BlockDevice device,
            Superblock superblock,
            Superblock.Role current,
            ChecksumTable checksums,
            BadBlockLog badBlocks) {
        this.role = role;
        this.uuid = superblock.member();
        this.device = device;
        this.regions = superblock.regions();
        this.zeroed = superblock.zeroed();
        this.checksums = checksums;
        this.badBlocks = badBlocks;
        this.ring = new Ring(regions.journalLength());
        this.writeMostly = current.writeMostly();
        this.catchesUp = current.catchesUp();
        this.rebuilt = new RebuiltBands(superblock.map().boundary(current.rebuiltBands()));
        this.cell = superblock.map().cell();
        this.state = current.state();
    }

    RoleState state() {
        return state;
    }

    void state(RoleState now) {
        state = now;
    }

    /** Whether it is sent requests. */
    boolean isActive() {
        return state != RoleState.FAILED;
    }

    /** The place of a cell of the data region on the device, in bytes. */
    long dataOffset(long address) {
        return regions.dataOffset() + address * cell;
    }
}
