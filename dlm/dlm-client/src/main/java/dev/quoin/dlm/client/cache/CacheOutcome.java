package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.LockNotGrantedException;
import dev.quoin.dlm.api.LockOutcome;

/** How a thread's request to the cache ended: in a hold, or in something else. */
public sealed interface CacheOutcome permits LocalHold, CacheOutcome.NotHeld {

    /**
     * The thread holds nothing.
     *
     * @param why never {@link LockOutcome.Granted}
     */
    record NotHeld(LockOutcome why) implements CacheOutcome {}

    /**
     * The hold, for callers to whom anything else is a failure.
     *
     * @throws LockNotGrantedException naming the outcome
     */
    default LocalHold orThrow() throws LockNotGrantedException {
        return switch (this) {
            case LocalHold hold -> hold;
            case NotHeld(LockOutcome why) -> throw new LockNotGrantedException(why);
        };
    }
}
