package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.PoolSettings;
import dev.quoin.blockstore.extent.ExtentSpace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees when the free space of a pool comes down to where its users are to be warned, once for each time that it does.
 *
 * <p>The pool's worker looks; any thread may ask where the warning is.
 */
final class SpaceWatch {

    private static final Logger LOG = LoggerFactory.getLogger(SpaceWatch.class);

    private final String pool;
    private final ExtentSpace space;
    private final Runnable tell;
    private volatile PoolSettings settings;
    private boolean told;

    /**
     * A watch that takes the space as it is now for known.
     *
     * @param tell tells the users, on the worker
     */
    SpaceWatch(String pool, ExtentSpace space, PoolSettings settings, Runnable tell) {
        this.pool = pool;
        this.space = space;
        this.settings = settings;
        this.tell = tell;
        this.told = space.free() <= low();
    }

    PoolSettings settings() {
        return settings;
    }

    /** With so many free extents or less users are warned. */
    int low() {
        return (int) ((long) space.total() * (100 - settings.warnAtPercent()) / 100);
    }

    /** Changes where the warning is, before the next look; whether it was elsewhere. Worker only. */
    boolean settings(PoolSettings now) {
        boolean changed = !now.equals(settings);
        settings = now;
        return changed;
    }

    /** Warns if the space has come down since the last look. Worker only. */
    void look() {
        boolean isLow = space.free() <= low();
        if (isLow && !told) {
            LOG.warn(
                    "pool is nearly full pool={} free_extents={} of={} warn_at_percent={}",
                    pool,
                    space.free(),
                    space.total(),
                    settings.warnAtPercent());
            tell.run();
        }
        told = isLow;
    }
}
