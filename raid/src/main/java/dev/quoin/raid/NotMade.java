package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import org.jspecify.annotations.Nullable;

/** Batches from {@code sequence} on stand in the way of making up for what members lack. */
final class NotMade extends Exception {
    private static final long serialVersionUID = 1L;

    final long sequence;
    final transient @Nullable Member member;
    final DeviceException why;

    /** The member is the one that cannot take what it lacks, if that is the reason. */
    NotMade(long sequence, @Nullable Member member, DeviceException why) {
        super(why);
        this.sequence = sequence;
        this.member = member;
        this.why = why;
    }
}
