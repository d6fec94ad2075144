package dev.quoin.blockstore;

import dev.quoin.device.DeviceException;
import java.util.concurrent.CompletionException;

/** Turns what a request failed with into what the caller is promised. */
final class Failures {

    private Failures() {}

    /** The exception inside the wrappers that chained futures put around it. */
    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** What a request to a volume fails with when a change of its map could not be committed. */
    static DeviceException ofCommit(String device, BlockStoreException failure) {
        DeviceException.Code code = switch (failure.code()) {
            case FENCED -> DeviceException.Code.FENCED;
            case NO_QUORUM -> DeviceException.Code.BUSY;
            // The registry takes no more entries: as good as no extent.
            case LIMIT_EXCEEDED -> DeviceException.Code.NO_SPACE;
            case INVALID, NOT_FOUND, EXISTS, IN_USE, INDETERMINATE, DAMAGED, DEVICE_FAILED, CLOSED ->
                DeviceException.Code.GONE;
        };
        return new DeviceException(code, device, String.valueOf(failure.getMessage()), failure);
    }
}
