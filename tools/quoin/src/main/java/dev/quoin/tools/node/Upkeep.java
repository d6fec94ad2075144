package dev.quoin.tools.node;

import dev.quoin.raid.ScrubMode;
import dev.quoin.raid.WorkLimits;
import java.time.Duration;

/**
 * How the node looks after an array. Moments are in milliseconds since 1970, 0 for none.
 *
 * @param limits of rebuild and scrub
 * @param scrubEvery how often the node scrubs it by itself; zero for never
 * @param scrubMode how it does that
 * @param scrubbedAt when a scrub last came to its end
 * @param countedFrom since when the time to the next one is counted if that is later: when the schedule was made, or a scrub was stopped
 * @param stopped whether the array is not to be started with the node
 */
public record Upkeep(
        WorkLimits limits,
        Duration scrubEvery,
        ScrubMode scrubMode,
        long scrubbedAt,
        long countedFrom,
        boolean stopped) {

    /** Of an array of which nothing was said. */
    static final Upkeep DEFAULT = new Upkeep(WorkLimits.DEFAULT, Duration.ZERO, ScrubMode.REPAIR, 0, 0, false);

    Upkeep withLimits(WorkLimits others) {
        return new Upkeep(others, scrubEvery, scrubMode, scrubbedAt, countedFrom, stopped);
    }

    Upkeep withSchedule(Duration every, ScrubMode mode, long now) {
        return new Upkeep(limits, every, mode, scrubbedAt, now, stopped);
    }

    Upkeep scrubbed(long now) {
        return new Upkeep(limits, scrubEvery, scrubMode, now, countedFrom, stopped);
    }

    Upkeep scrubStopped(long now) {
        return new Upkeep(limits, scrubEvery, scrubMode, scrubbedAt, now, stopped);
    }

    Upkeep stopped(boolean now) {
        return new Upkeep(limits, scrubEvery, scrubMode, scrubbedAt, countedFrom, now);
    }

    /** When the next scheduled scrub is due; 0 if none is. A clock that was set back does not put it off by more than the interval. */
    public long nextScrub(long now) {
        long every = scrubEvery.toMillis();
        return every == 0 ? 0 : Math.min(Math.max(scrubbedAt, countedFrom), now) + every;
    }
}
