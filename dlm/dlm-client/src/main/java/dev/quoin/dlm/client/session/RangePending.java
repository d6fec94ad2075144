package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.RangeLocks.Outcome;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;

/** A request to lock or unlock a range of bytes. */
final class RangePending extends Waiting<Outcome> {

    private final Runnable giveBack;

    RangePending(ClientSession session, Operation.Builder operation, Runnable giveBack) {
        super(session, operation);
        this.giveBack = giveBack;
    }

    @Override
    void ended() {
        // Nobody else waits for its end.
    }

    @Override
    Outcome withdrawn(boolean timedOut) {
        return timedOut ? new Outcome.TimedOut() : new Outcome.Cancelled();
    }

    @Override
    void giveBack(Outcome value) {
        if (value instanceof Outcome.Granted) {
            giveBack.run();
        }
    }

    @Override
    void answered(Result result, boolean late) {
        stopTimer();
        Outcome value = outcome(result);
        if (late) {
            giveBack(value);
        } else {
            outcome.complete(value);
        }
    }

    private static Outcome outcome(Result result) {
        if (result.hasRangeGranted()) {
            long token = result.getRangeGranted().getToken();
            return new Outcome.Granted(token == 0 ? null : new FencingToken(token));
        }
        if (result.hasRangeDenied()) {
            return new Outcome.Denied(Infos.range(result.getRangeDenied().getBlocker()));
        }
        if (result.hasRangeDeadlock()) {
            return new Outcome.Deadlock(result.getRangeDeadlock().getCycleList().stream()
                    .map(Infos::range)
                    .toList());
        }
        if (result.hasTimedOut()) {
            return new Outcome.TimedOut();
        }
        if (result.hasCancelled()) {
            return new Outcome.Cancelled();
        }
        if (result.hasRefused()) {
            return new Outcome.Refused(
                    DlmException.Code.of(result.getRefused().getCode()),
                    result.getRefused().getReason());
        }
        return new Outcome.Indeterminate("an answer of kind " + result.getKindCase() + " came to a range request");
    }

    @Override
    void failed(Failure failure, String reason) {
        stopTimer();
        outcome.complete(
                switch (failure) {
                    case SESSION_LOST -> new Outcome.SessionLost(reason);
                    case NO_QUORUM -> new Outcome.NoQuorum(reason);
                    case INDETERMINATE -> {
                        takeBack();
                        yield new Outcome.Indeterminate(reason);
                    }
                });
    }
}
