package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests to members, and what becomes of those that fail.
 *
 * <p>A read that fails with a medium error is the caller's to repair. Every other failure makes the member a failed one before the
 * caller learns of it. A device that is busy is asked again, and a device without space is asked again for as long as it takes
 * when the data are in the journal already. The futures never complete exceptionally.
 */
final class MemberIo {

    /** How often a busy device is asked before it counts as failed. */
    static final int BUSY_RETRIES_MAX = 10_000;

    private static final long BUSY_MILLIS = 1;
    private static final long NO_SPACE_MILLIS = 500;

    private final ArrayCore core;

    MemberIo(ArrayCore core) {
        this.core = core;
    }

    /** Reads; completes with null or with why not. */
    CompletableFuture<@Nullable DeviceException> read(Member member, long offset, ByteBuffer target) {
        if (member.device.tryReadNow(offset, target)) {
            return CompletableFuture.completedFuture(null);
        }
        int position = target.position();
        member.reads.begin();
        return attempt(member.device, 0, () -> member.device.read(offset, target.position(position)))
                .thenApply(failure -> {
                    member.reads.end();
                    if (failure != null && failure.code() != Code.MEDIUM_ERROR) {
                        core.membership.fail(member, "read failed: " + failure.getMessage());
                    }
                    return failure;
                });
    }

    /** Writes to the journal or the metadata; completes with false if the member is a failed one now. */
    CompletableFuture<Boolean> write(Member member, long offset, ByteBuffer source, WriteMode mode) {
        return changing(member, "write", () -> member.device.write(offset, source.duplicate(), mode));
    }

    CompletableFuture<Boolean> flush(Member member) {
        return changing(member, "flush", member.device::flush);
    }

    CompletableFuture<Boolean> writeSuperblock(Member member, Superblock superblock) {
        return changing(member, "superblock write", () -> SuperblockStore.write(member.device, superblock));
    }

    /** Writes the superblock of a spare; completes with null or with why not. */
    CompletableFuture<@Nullable DeviceException> writeSuperblock(Spare spare, Superblock superblock) {
        return attempt(spare.device(), 0, () -> SuperblockStore.write(spare.device(), superblock));
    }

    /** Writes data in place; waits for space if the device has none. */
    CompletableFuture<Boolean> writeInPlace(Member member, long offset, ByteBuffer source) {
        return patiently(member, false, () -> member.device.write(offset, source.duplicate(), WriteMode.CACHED));
    }

    /** Zeroes data in place; waits for space if the device has none. */
    CompletableFuture<Boolean> zeroInPlace(Member member, long offset, long length) {
        return patiently(member, false, () -> member.device.writeZeroes(offset, length, WriteMode.CACHED));
    }

    private CompletableFuture<Boolean> changing(Member member, String what, Supplier<CompletableFuture<Void>> request) {
        if (!member.isActive()) {
            return CompletableFuture.completedFuture(false);
        }
        return attempt(member.device, 0, request).thenApply(failure -> {
            if (failure != null) {
                core.membership.fail(member, what + " failed: " + failure.getMessage());
            }
            return failure == null;
        });
    }

    /** Does a request; {@code waits} says that it has met a device without space before. */
    private CompletableFuture<Boolean> patiently(
            Member member, boolean waits, Supplier<CompletableFuture<Void>> request) {
        if (!member.isActive() || core.dead() != null) {
            return ended(member, waits, false);
        }
        return attempt(member.device, 0, request).thenCompose(failure -> {
            if (failure == null) {
                return ended(member, waits, true);
            }
            boolean noSpace = failure.code() == Code.NO_SPACE && core.members.get(member.role) == member;
            if (noSpace && core.isClosing()) {
                // The journal keeps the data for the next start.
                core.die(failure);
                return CompletableFuture.completedFuture(false);
            }
            if (noSpace) {
                if (!waits) {
                    core.spaceMissing(member);
                }
                return later(NO_SPACE_MILLIS).thenCompose(nothing -> patiently(member, true, request));
            }
            core.membership.fail(member, "write failed: " + failure.getMessage());
            return ended(member, waits, false);
        });
    }

    private CompletableFuture<Boolean> ended(Member member, boolean waited, boolean done) {
        if (waited) {
            core.spaceFound(member, done);
        }
        return CompletableFuture.completedFuture(done);
    }

    private CompletableFuture<@Nullable DeviceException> attempt(
            BlockDevice device, int tries, Supplier<CompletableFuture<Void>> request) {
        CompletableFuture<@Nullable DeviceException> outcome =
                request.get().handle((nothing, failure) -> failure == null ? null : cause(device, failure));
        return outcome.thenCompose(failure -> failure != null && failure.code() == Code.BUSY && tries < BUSY_RETRIES_MAX
                ? later(BUSY_MILLIS).thenCompose(nothing -> attempt(device, tries + 1, request))
                : CompletableFuture.completedFuture(failure));
    }

    private CompletableFuture<Void> later(long millis) {
        var due = new CompletableFuture<Void>();
        core.delay.after(millis, () -> due.complete(null));
        return due;
    }

    private static DeviceException cause(BlockDevice device, Throwable failure) {
        try {
            return BlockIo.asDeviceException(device, failure);
        } catch (IllegalStateException defect) {
            return new DeviceException(Code.GONE, device.name(), "a defect of the device: " + failure, failure);
        }
    }
}
