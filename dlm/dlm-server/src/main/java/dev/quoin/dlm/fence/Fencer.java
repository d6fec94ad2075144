package dev.quoin.dlm.fence;

import dev.quoin.dlm.api.SessionId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the fence agents at the leader: for each session that ended and left locks behind, one agent after the other until one
 * succeeds, then all again after a pause that grows. What succeeded is proposed to the log; only there does it count.
 *
 * <p>Without agents it does nothing: an operator, or whoever uses the locks, declares sessions fenced. Any thread may use it.
 */
public final class Fencer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Fencer.class);

    /** Sessions fenced at the same time. */
    private static final int AT_ONCE_MAX = 8;

    private static final long PAUSE_MILLIS_MIN = 1_000;
    private static final long PAUSE_MILLIS_MAX = 60_000;

    private final List<FenceAgent> agents;
    private final Duration limit;
    private final Supplier<SortedMap<Long, String>> unfenced;
    private final LongConsumer propose;
    private final ScheduledExecutorService timer;
    private final ExecutorService attempts;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

    /** The sessions that are being seen to, with the number of attempts so far. */
    private final Map<Long, Integer> open = new ConcurrentHashMap<>();

    private volatile boolean leading;

    /**
     * Makes a fencer that does not lead yet.
     *
     * @param limit the longest time that one agent may take, whatever its own timeout
     * @param unfenced the ended sessions that are not fenced, with the names of their nodes
     * @param propose puts the record that a session is fenced in the log
     * @param timer for pauses; not closed here
     */
    public Fencer(
            List<FenceAgent> agents,
            Duration limit,
            Supplier<SortedMap<Long, String>> unfenced,
            LongConsumer propose,
            ScheduledExecutorService timer) {
        this.agents = List.copyOf(agents);
        this.limit = limit;
        this.unfenced = unfenced;
        this.propose = propose;
        this.timer = timer;
        attempts = Executors.newFixedThreadPool(
                AT_ONCE_MAX, Thread.ofPlatform().name("dlm-fence-", 1).daemon().factory());
    }

    /** This peer leads, and these sessions are not fenced. */
    public void lead(SortedMap<Long, String> sessions) {
        leading = true;
        sessions.forEach(this::needed);
    }

    /** This peer does not lead any more. */
    public void stop() {
        leading = false;
        open.clear();
    }

    /** A session has ended and left locks behind that wait for its fence. */
    public void needed(long session, String node) {
        if (leading && !agents.isEmpty() && open.putIfAbsent(session, 0) == null && !attempts.isShutdown()) {
            attempts.execute(() -> attempt(session, node));
        }
    }

    private void attempt(long session, String node) {
        if (!leading || !open.containsKey(session) || !unfenced.get().containsKey(session)) {
            open.remove(session);
            return;
        }
        for (FenceAgent agent : agents) {
            switch (call(agent, node, new SessionId(session))) {
                case FenceOutcome.Fenced() -> {
                    LOG.info("node fenced node={} session={} agent={}", node, session, agent.name());
                    propose.accept(session);
                    // Should the proposal get lost, the next look finds the session still there.
                    again(session, node);
                    return;
                }
                case FenceOutcome.NotFenced(String reason) ->
                    LOG.warn(
                            "node not fenced, its locks stay held node={} session={} agent={} reason=\"{}\"",
                            node,
                            session,
                            agent.name(),
                            reason);
            }
        }
        again(session, node);
    }

    private FenceOutcome call(FenceAgent agent, String node, SessionId session) {
        Future<FenceOutcome> call = calls.submit(() -> agent.fence(node, session));
        try {
            return call.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException slow) {
            call.cancel(true);
            return new FenceOutcome.NotFenced("no answer within " + limit);
        } catch (ExecutionException bug) {
            return new FenceOutcome.NotFenced("it failed: " + bug.getCause());
        } catch (InterruptedException stopped) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            return new FenceOutcome.NotFenced("the peer stops");
        }
    }

    private void again(long session, String node) {
        Integer tries = open.computeIfPresent(session, (id, count) -> count + 1);
        if (tries == null || timer.isShutdown()) {
            return;
        }
        long pause = Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS_MIN << Math.min(tries - 1, 10));
        timer.schedule(
                () -> {
                    if (!attempts.isShutdown()) {
                        attempts.execute(() -> attempt(session, node));
                    }
                },
                pause,
                TimeUnit.MILLISECONDS);
    }

    /** Begins no more attempts and interrupts those under way. Idempotent. */
    @Override
    public void close() {
        stop();
        attempts.shutdownNow();
        calls.shutdownNow();
    }
}
