package dev.quoin.iscsi.connection;

import dev.quoin.device.DeviceException;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outcomes that need no data, and what device faults come to. */
final class Outcomes {

    /** GOOD, without data. */
    static final Outcome GOOD = new Outcome.Status(ScsiStatus.GOOD);

    /** Too much is under way: the initiator tries again when a command has ended (SAM-5 5.3.1). */
    static final Outcome TASK_SET_FULL = new Outcome.Status(ScsiStatus.TASK_SET_FULL);

    /** It cannot be done now: the initiator tries again after a while (SAM-5 5.3.1). */
    static final Outcome BUSY = new Outcome.Status(ScsiStatus.BUSY);

    /** Somebody else's reservation stands against it (SPC-4 5.13). */
    static final Outcome CONFLICT = new Outcome.Status(ScsiStatus.RESERVATION_CONFLICT);

    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

    private Outcomes() {}

    /** CHECK CONDITION without details. */
    static Outcome check(SenseCode code) {
        return new Outcome.Check(Sense.of(code));
    }

    /**
     * What a device request failed with.
     *
     * @param write whether it was a write, for the sense of a medium error
     * @param lba the first block of the request, or {@link Sense#NONE}
     */
    static Outcome ofFailure(Throwable failure, boolean write, long lba) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (!(cause instanceof DeviceException known)) {
            LOG.error("a device failed with something else than a DeviceException", cause);
            return check(SenseCode.INTERNAL_TARGET_FAILURE);
        }
        LOG.debug("device request failed; write={} lba={}", write, lba, known);
        return switch (known.code()) {
            case OUT_OF_RANGE -> check(SenseCode.LBA_OUT_OF_RANGE);
            case MEDIUM_ERROR ->
                new Outcome.Check(new Sense(write ? SenseCode.WRITE_ERROR : SenseCode.UNRECOVERED_READ_ERROR, lba, -1));
            case GONE -> check(SenseCode.INTERNAL_TARGET_FAILURE);
            case READ_ONLY -> check(SenseCode.WRITE_PROTECTED);
            case NO_SPACE -> check(SenseCode.SPACE_ALLOCATION_FAILED);
            case FENCED -> check(SenseCode.TARGET_PORT_UNAVAILABLE);
            case UNSUPPORTED -> check(SenseCode.INVALID_COMMAND_OPERATION_CODE);
            case BUSY -> BUSY;
        };
    }
}
