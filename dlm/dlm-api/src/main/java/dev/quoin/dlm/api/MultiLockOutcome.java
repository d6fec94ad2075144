package dev.quoin.dlm.api;

import java.util.List;

/** How a request for several locks at once, all or nothing, ended. */
public sealed interface MultiLockOutcome {

    /**
     * All are held.
     *
     * @param held in the order asked for
     */
    record AllGranted(List<Held> held) implements MultiLockOutcome {
        public AllGranted {
            held = List.copyOf(held);
        }
    }

    /**
     * None of them is held (any more).
     *
     * @param index of the request that stood in the way
     * @param outcome how it ended; never {@link LockOutcome.Granted}
     */
    record NoneGranted(int index, LockOutcome outcome) implements MultiLockOutcome {}
}
