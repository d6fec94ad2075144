package dev.quoin.tools.reservation;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The locks by which nodes agree on the reservations of one unit. Blocking; any thread may use it. */
final class UnitLocks {

    private static final Logger LOG = LoggerFactory.getLogger(UnitLocks.class);

    private static final String SPACE = "reservations";

    /** After so long it is said who is waited for. */
    private static final Duration TELL_AFTER = Duration.ofSeconds(5);

    /** Between two attempts while the lock manager has no leader. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final LockClient session;
    private final String unit;

    UnitLocks(LockClient session, String unit) {
        this.session = session;
        this.unit = unit;
    }

    String unit() {
        return unit;
    }

    /** Whether the session lives. Cheap. */
    boolean isAlive() {
        return session.isValidFor(Duration.ZERO);
    }

    private Lockspace space() throws DlmException {
        return session.lockspace(SPACE, SessionEndPolicy.HOLD_UNTIL_FENCED);
    }

    private ResourceName name(long revision) {
        return ResourceName.of(unit + "#" + revision);
    }

    /**
     * The right to make a change, or to join.
     *
     * @param limit how long to wait for others
     * @throws DlmException naming who has it, when the time is over
     */
    Held turn(Duration limit) throws DlmException {
        return waitFor(ResourceName.of(unit), LockRequest.of(LockMode.EX), limit);
    }

    /** The right to act by a revision; {@code onBlocking} runs when somebody waits for its end. */
    Held actBy(long revision, Runnable onBlocking) throws DlmException {
        return waitFor(
                name(revision), LockRequest.of(LockMode.PR).onBlocking(wanted -> onBlocking.run()), Duration.ZERO);
    }

    /** Waits until nobody acts by a revision, which must not be the last one. */
    void awaitLeft(long revision) throws DlmException {
        waitFor(name(revision), LockRequest.of(LockMode.CW), Duration.ZERO).close();
    }

    /** Whether nobody acts by a revision at this moment. */
    boolean isLeft(long revision) throws DlmException {
        LockOutcome outcome = space().acquire(
                        name(revision), LockRequest.of(LockMode.EX).noQueue().owner(LockOwner.NONE));
        return switch (outcome) {
            case LockOutcome.Granted(Held held) -> {
                held.releaseAsync(null).join();
                yield true;
            }
            case LockOutcome.Denied _ -> false;
            default ->
                throw new DlmException(DlmException.Code.NO_QUORUM, "reservations of unit " + unit + ": " + outcome);
        };
    }

    /** Waits until it is granted, or the session ends; zero is no limit. */
    private Held waitFor(ResourceName resource, LockRequest request, Duration limit) throws DlmException {
        long start = System.nanoTime();
        boolean told = false;
        while (true) {
            // Whoever holds it gives it up by itself, so these are no part of a deadlock.
            LockOutcome outcome =
                    space().acquire(resource, request.owner(LockOwner.NONE).timeout(TELL_AFTER));
            switch (outcome) {
                case LockOutcome.Granted(Held held) -> {
                    return held;
                }
                case LockOutcome.TimedOut _ -> {
                    if (!limit.isZero() && System.nanoTime() - start >= limit.toNanos()) {
                        throw new DlmException(
                                DlmException.Code.LIMIT_EXCEEDED,
                                "the reservations of unit " + unit + " were held by " + holders(resource) + " for "
                                        + limit + ": see quoin session list, and fence a node that is gone");
                    }
                    if (!told) {
                        LOG.warn(
                                "reservations wait for another node unit={} resource={} holders={}",
                                unit,
                                resource,
                                holders(resource));
                        told = true;
                    }
                }
                case LockOutcome.NoQuorum _, LockOutcome.Indeterminate _ -> LockSupport.parkNanos(PAUSE.toNanos());
                case LockOutcome.SessionLost(String reason) ->
                    throw new DlmException(DlmException.Code.SESSION_LOST, reason);
                case LockOutcome.Denied _, LockOutcome.Deadlock _, LockOutcome.Cancelled _ ->
                    throw new DlmException(
                            DlmException.Code.INVALID_REQUEST,
                            "reservations of unit " + unit + " cannot be locked: " + outcome);
            }
            if (!isAlive()) {
                throw new DlmException(DlmException.Code.SESSION_LOST, "the session at the lock manager has ended");
            }
        }
    }

    /** The nodes that hold a resource. */
    private List<String> holders(ResourceName resource) {
        List<String> nodes = new ArrayList<>();
        try {
            for (LockInfo lock : space().locks(resource.toString().getBytes(StandardCharsets.UTF_8))) {
                if (lock.granted() != null && lock.resource().equals(resource)) {
                    nodes.add(lock.node());
                }
            }
        } catch (DlmException unknown) {
            LOG.debug("holders cannot be asked for unit={}", unit, unknown);
        }
        return nodes;
    }
}
