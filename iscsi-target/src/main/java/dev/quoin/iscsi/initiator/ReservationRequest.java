package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.concurrent.CompletableFuture;

/** One PERSISTENT RESERVE command on its way. */
final class ReservationRequest implements Command.Completion {

    /** A conflict of a command that was sent more than once: the first time may have done what was asked for. */
    static final class DoubtfulConflict extends Exception {
        private static final long serialVersionUID = 1L;

        DoubtfulConflict(DeviceException conflict) {
            super(conflict.getMessage(), conflict);
        }
    }

    private final String device;
    private final BlockRequest request;
    private volatile int received;
    private volatile boolean doubtful;

    ReservationRequest(String device, Runnable ended) {
        this.device = device;
        this.request = new BlockRequest(1, () -> {}, ended);
    }

    BlockRequest block() {
        return request;
    }

    /** Fails with a {@link DeviceException}, or a {@link DoubtfulConflict}. */
    CompletableFuture<Void> future() {
        return request.future()
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        doubtful && failure instanceof DeviceException conflict
                                ? new DoubtfulConflict(conflict)
                                : failure));
    }

    /** How many bytes came. */
    int received() {
        return received;
    }

    @Override
    public boolean takesLess() {
        return true;
    }

    @Override
    public void done(Command command) {
        received = command.received();
        request.done();
    }

    @Override
    public void failed(Command command, DeviceException failure) {
        if (failure.code() != Code.FENCED) {
            request.failed(failure);
            return;
        }
        doubtful = command.sendings() > 1;
        request.failed(new DeviceException(
                Code.FENCED,
                device,
                "reservation conflict: this initiator is not registered with its key any more, or another one holds the reservation;"
                        + " read() tells, and register() registers anew"));
    }
}
