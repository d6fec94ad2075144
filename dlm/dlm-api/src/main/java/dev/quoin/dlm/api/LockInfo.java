package dev.quoin.dlm.api;

import org.jspecify.annotations.Nullable;

/**
 * One lock as an observer sees it.
 *
 * @param granted the mode held, null if only waited for
 * @param wanted the mode waited for, null if none
 * @param token the token of the grant, null if only waited for
 * @param sessionEnded whether the holder's session has ended and the lock waits for its fencing
 */
public record LockInfo(
        String lockspace,
        ResourceName resource,
        SessionId session,
        String node,
        @Nullable LockMode granted,
        @Nullable LockMode wanted,
        @Nullable FencingToken token,
        boolean sessionEnded) {}
