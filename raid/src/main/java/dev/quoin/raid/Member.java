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
    final ChecksumTable checksums;
    final BadBlockLog badBlocks;
    final Ring ring;
    /** The update number of the journal head last written. Guarded by there being one checkpoint at a time. */
    long headUpdate;

    private volatile RoleState state;

    Member(
            int role,
            BlockDevice device,
            Superblock superblock,
            RoleState state,
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
        this.state = state;
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

    /** The place of a data block on the device, in bytes. */
    long dataOffset(long block) {
        return regions.dataOffset() + (block << Addressing.BLOCK_SHIFT);
    }
}
