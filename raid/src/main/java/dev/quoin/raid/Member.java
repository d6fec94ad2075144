package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One member of a running array. A replaced member is another object.
 *
 * <p>The state is written under the lock of {@link Membership} and read by all.
 */
final class Member {

    final int role;
    final UUID uuid;
    final BlockDevice device;
    final boolean zeroed;
    /** Whether it is read from only if no other has the block. */
    final boolean writeMostly;

    final RebuiltBands rebuilt;
    final ReadQueue reads = new ReadQueue();
    final ChecksumTable checksums;
    final BadBlockLog badBlocks;
    final Ring ring;
    /** The update number of the journal head last written. Guarded by there being one checkpoint at a time. */
    long headUpdate;

    private final int cell;
    private final long dataOffset;
    private volatile Regions regions;
    private volatile long secondChecksums;
    private volatile RoleState state;
    private CompletableFuture<Void> metadata = CompletableFuture.completedFuture(null);

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
        this.dataOffset = regions.dataOffset();
        this.zeroed = superblock.zeroed();
        this.checksums = checksums;
        this.badBlocks = badBlocks;
        this.ring = new Ring(regions.journalLength());
        this.writeMostly = current.writeMostly();
        this.rebuilt = new RebuiltBands(superblock.map().boundary(current.rebuiltBands()));
        this.cell = superblock.map().cell();
        this.state = current.state();
    }

    /** The same member in an array that goes on with another size or layout, whose journals begin anew. */
    Member(Member before, Regions regions, ChecksumTable checksums) {
        this.role = before.role;
        this.uuid = before.uuid;
        this.device = before.device;
        this.regions = regions;
        this.dataOffset = regions.dataOffset();
        this.zeroed = before.zeroed;
        this.checksums = checksums;
        this.badBlocks = before.badBlocks;
        this.ring = new Ring(regions.journalLength());
        this.writeMostly = before.writeMostly;
        this.rebuilt = before.rebuilt;
        this.cell = before.cell;
        this.state = before.state;
        this.headUpdate = before.headUpdate;
    }

    /** What lies where on it. Journal and data stay where they are. */
    Regions regions() {
        return regions;
    }

    /** Called in a change of the {@link Membership}. */
    void regions(Regions now) {
        regions = now;
    }

    /** Where the checksums are kept a second time, because they are going to be there alone; 0 if nowhere. */
    long secondChecksums() {
        return secondChecksums;
    }

    /** From now on they are kept there too. */
    void secondChecksums(long offset) {
        secondChecksums = offset;
    }

    /** Begins a writing of metadata when the one before has ended, so that an older version of a page never lands on a newer. */
    CompletableFuture<Void> inTurn(Supplier<CompletableFuture<Void>> writing) {
        CompletableFuture<Void> before;
        var mine = new CompletableFuture<Void>();
        synchronized (ring) {
            before = metadata;
            metadata = mine;
        }
        return before.thenCompose(done -> writing.get()).whenComplete((done, failure) -> mine.complete(null));
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
        return dataOffset + address * cell;
    }
}
