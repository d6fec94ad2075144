package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.ValueBlock;
import org.jspecify.annotations.Nullable;

/**
 * What the user of a cache keeps under its locks, such as dirty pages. Called on virtual threads of the cache, for one resource by
 * one at a time, while no thread of the node uses the resource in a mode that is about to come or go. May block for long.
 */
public interface CacheOwner {

    /** Keeps nothing. */
    CacheOwner NONE = new CacheOwner() {};

    /**
     * The node's mode has risen, and no thread has been let in yet.
     *
     * @param from the mode before, null if the node held nothing
     * @param value as it was at the grant; not valid if a holder died
     */
    default void granted(ResourceName resource, @Nullable LockMode from, LockMode to, ValueBlock value) {}

    /**
     * The node's mode is about to fall. When this returns, all that {@code from} has allowed and {@code to} does not is written back or
     * forgotten. If it throws, the mode is kept, and this is tried again later.
     *
     * @param to null if the node will hold nothing
     * @return the value block to leave, which counts only if {@code from} is PW or EX; null leaves it as it is
     */
    default @Nullable ValueBlock beforeGiveUp(ResourceName resource, LockMode from, @Nullable LockMode to)
            throws Exception {
        return null;
    }
}
