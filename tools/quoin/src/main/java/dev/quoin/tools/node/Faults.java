package dev.quoin.tools.node;

import dev.quoin.blockstore.BlockStoreException;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;

/** What the parts of a node fail with, as a user is told. */
public final class Faults {

    private static final String WAIT_FOR_LEADER =
            "see the peers with quoin status; it works again when most of them run";
    private static final String LOOK_FIRST = "look whether it was done before doing it again";
    private static final String SEE_LOG = "see the node's log and quoin status";

    private Faults() {}

    static Fault of(String object, DlmException failure) {
        return switch (failure.code()) {
            case NO_QUORUM -> fault(ExitCode.NO_QUORUM, object, failure, WAIT_FOR_LEADER);
            case SESSION_LOST -> fault(ExitCode.FAILED, object, failure, "stop the node and start it again");
            case LIMIT_EXCEEDED, INVALID_REQUEST ->
                fault(ExitCode.USAGE, object, failure, "ask for something smaller or other");
            case NOT_FOUND -> fault(ExitCode.NOT_FOUND, object, failure, "list what there is");
            case NOT_ALLOWED ->
                fault(
                        ExitCode.REFUSED,
                        object,
                        failure,
                        "use a certificate that is allowed to, or have an operator allow it");
        };
    }

    static Fault of(String object, TransactionOutcome outcome) {
        return switch (outcome) {
            case TransactionOutcome.Committed done ->
                throw new IllegalStateException("a transaction that was committed is no fault: " + done);
            case TransactionOutcome.Conflict conflict ->
                Fault.conflict(
                        object,
                        "changed by somebody else at the same moment: " + conflict.guard() + " found "
                                + conflict.found(),
                        "try again");
            case TransactionOutcome.Refused refused ->
                new Fault(ExitCode.FAILED, object, "refused: " + refused.reason(), SEE_LOG);
            case TransactionOutcome.NoQuorum missing ->
                new Fault(ExitCode.NO_QUORUM, object, missing.reason(), WAIT_FOR_LEADER);
            case TransactionOutcome.Indeterminate lost ->
                new Fault(ExitCode.OUTCOME_UNKNOWN, object, lost.reason(), LOOK_FIRST);
        };
    }

    static Fault of(String object, BlockStoreException failure) {
        return switch (failure.code()) {
            case INVALID -> fault(ExitCode.USAGE, object, failure, "name another value");
            case NOT_FOUND -> fault(ExitCode.NOT_FOUND, object, failure, "quoin volume list");
            case EXISTS, IN_USE -> fault(ExitCode.CONFLICT, object, failure, "quoin status shows who uses what");
            case NO_QUORUM -> fault(ExitCode.NO_QUORUM, object, failure, WAIT_FOR_LEADER);
            case INDETERMINATE -> fault(ExitCode.OUTCOME_UNKNOWN, object, failure, LOOK_FIRST);
            case LIMIT_EXCEEDED, FENCED, DAMAGED, DEVICE_FAILED, CLOSED ->
                fault(ExitCode.FAILED, object, failure, SEE_LOG);
        };
    }

    static Fault of(String object, DeviceException failure) {
        return switch (failure.code()) {
            case BUSY -> fault(ExitCode.CONFLICT, object, failure, "see who else has it open");
            case OUT_OF_RANGE, UNSUPPORTED -> fault(ExitCode.USAGE, object, failure, "name another device or size");
            case MEDIUM_ERROR, GONE, READ_ONLY, NO_SPACE, FENCED -> fault(ExitCode.FAILED, object, failure, SEE_LOG);
        };
    }

    /** A change that an array cannot make in the state that it is in. */
    static Fault ofChange(String array, DeviceException failure) {
        return failure.code() == DeviceException.Code.UNSUPPORTED
                ? fault(ExitCode.CONFLICT, "array " + array, failure, "quoin array show " + array)
                : of("array " + array, failure);
    }

    /** A failed operation of a file system. */
    public static Fault of(String object, VfsException failure) {
        return switch (failure.errno()) {
            case ENOENT, ESTALE -> fault(ExitCode.NOT_FOUND, object, failure, "quoin fs ls shows what there is");
            case EBUSY, EEXIST, ENOTEMPTY ->
                fault(ExitCode.CONFLICT, object, failure, "name another, or remove it first");
            case EINVAL, ENAMETOOLONG, EISDIR, ENOTDIR, EXDEV ->
                fault(ExitCode.USAGE, object, failure, "name another path");
            case EPERM -> fault(ExitCode.REFUSED, object, failure, "name another path");
            case EIO, EFBIG, ENOSPC, EROFS, EMLINK -> fault(ExitCode.FAILED, object, failure, SEE_LOG);
        };
    }

    private static Fault fault(ExitCode code, String object, Exception failure, String next) {
        return new Fault(code, object, String.valueOf(failure.getMessage()), next, failure);
    }
}
