package dev.quoin.tools.node;

import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.Progress;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RoleState;
import dev.quoin.raid.ScrubMode;
import dev.quoin.raid.ScrubReport;
import dev.quoin.raid.WorkLimits;
import dev.quoin.tools.fault.Fault;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the arrays of a node: limits of their background work, scrubs that come round, and the log of their events.
 *
 * <p>A thread of its own runs the scrubs that are due, one after the other. Any thread; the lock guards what is known, and is not held while a record
 * is written. Changes are durable when their method returns.
 */
public final class ArrayUpkeep implements AutoCloseable {

    /** The shortest and the longest time between two scheduled scrubs. */
    public static final Duration EVERY_MIN = Duration.ofSeconds(1);

    /** See {@link #EVERY_MIN}. */
    public static final Duration EVERY_MAX = Duration.ofDays(3650);

    private static final Logger LOG = LoggerFactory.getLogger(ArrayUpkeep.class);
    private static final long LOOK_MILLIS = 60_000;

    private final UpkeepRecords records;
    private final ArrayEventLog events;
    private final InstantSource clock;
    /** One change of a record at a time. */
    private final ReentrantLock changes = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Upkeep> known;
    private final Map<String, RaidArray> running = new TreeMap<>();
    private boolean closed;

    private ArrayUpkeep(UpkeepRecords records, ArrayEventLog events, InstantSource clock) throws Fault {
        this.records = records;
        this.events = events;
        this.clock = clock;
        this.known = new TreeMap<>(records.all());
    }

    /** Reads the records and begins to look. */
    static ArrayUpkeep start(UpkeepRecords records, ArrayEventLog events, InstantSource clock) throws Fault {
        var upkeep = new ArrayUpkeep(records, events, clock);
        Thread.ofVirtual().name("array-upkeep").start(upkeep::look);
        return upkeep;
    }

    /** The log of events. */
    public ArrayEventLog events() {
        return events;
    }

    /** How an array is looked after. */
    public Upkeep of(String array) {
        lock.lock();
        try {
            return known.getOrDefault(array, Upkeep.DEFAULT);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes an array that was started into care, before its spares take the roles of members that are missing.
     *
     * @param last where those were
     */
    void started(String name, RaidArray array, MemberPlaces last) {
        array.limits(of(name).limits());
        ArrayStatus status = array.status();
        events.add(name, "NewArray", -1, "started, " + status.level());
        if (status.health() != ArrayStatus.Health.OPTIMAL) {
            List<Integer> lacking = status.members().stream()
                    .filter(member -> member.state() != RoleState.IN_SYNC)
                    .map(ArrayStatus.MemberStatus::role)
                    .toList();
            List<MemberPlace> places = last.now(status);
            List<String> disks = lacking.stream()
                    .map(role -> role + " on " + places.get(role).label())
                    .toList();
            List<String> spares = status.spares();
            events.add(
                    name,
                    "DegradedArray",
                    lacking.isEmpty() ? -1 : lacking.getFirst(),
                    "without members " + disks + (spares.isEmpty() ? "" : "; spares " + spares + " take over"));
        }
        array.addListener(events::add);
        lock.lock();
        try {
            running.put(name, array);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Says whether an array is to be started with the node. */
    void stopped(String name, boolean now) throws Fault {
        if (of(name).stopped() != now) {
            change(name, upkeep -> upkeep.stopped(now));
        }
    }

    /** Gives an array up that was closed. */
    void gone(String name) {
        lock.lock();
        try {
            running.remove(name);
        } finally {
            lock.unlock();
        }
        events.add(name, "DeviceDisappeared", -1, "stopped");
    }

    /** Puts limits in force, now and at later starts. */
    public void limits(String name, RaidArray array, WorkLimits limits) throws Fault {
        change(name, upkeep -> upkeep.withLimits(limits));
        array.limits(limits);
    }

    /**
     * Makes the node scrub an array by itself, first when the time has gone by once.
     *
     * @param every zero for no more
     */
    public void schedule(String name, Duration every, ScrubMode mode) throws Fault {
        if (!every.isZero() && (every.compareTo(EVERY_MIN) < 0 || every.compareTo(EVERY_MAX) > 0)) {
            throw Fault.usage(
                    "array " + name,
                    "a scrub every " + every.toSeconds() + " s found, every 1s to 3650d expected",
                    "name another span");
        }
        change(name, upkeep -> upkeep.withSchedule(every, mode, clock.millis()));
    }

    /** Scrubs an array; joins a scrub that is under way. When it comes to its end, that is written down. */
    public CompletableFuture<ScrubReport> scrub(String name, RaidArray array, ScrubMode mode) {
        return array.scrub(mode, Progress.NONE).thenApply(report -> {
            if (report.isComplete()) {
                ended(name);
            }
            return report;
        });
    }

    /** Stops a scrub, which goes on when it is asked for again, or at the next turn of the schedule. */
    public CompletableFuture<ScrubReport> stopScrub(String name, RaidArray array) throws Fault {
        CompletableFuture<ScrubReport> scrub = array.stopScrub()
                .orElseThrow(() -> Fault.conflict(
                        "array " + name, "no scrub found that runs, one expected", "quoin array watch " + name));
        change(name, upkeep -> upkeep.scrubStopped(clock.millis()));
        return scrub;
    }

    private void ended(String name) {
        long now = clock.millis();
        try {
            change(name, upkeep -> upkeep.scrubbed(now));
        } catch (Fault notKept) {
            LOG.warn("the end of a scrub could not be written down array={}", name, notKept);
            remember(name, of(name).scrubbed(now));
        }
    }

    private void change(String name, UnaryOperator<Upkeep> change) throws Fault {
        changes.lock();
        try {
            Upkeep upkeep = change.apply(of(name));
            records.put(name, upkeep);
            remember(name, upkeep);
        } finally {
            changes.unlock();
        }
    }

    private void remember(String name, Upkeep upkeep) {
        lock.lock();
        try {
            known.put(name, upkeep);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        while (true) {
            Map<String, RaidArray> due = new TreeMap<>();
            lock.lock();
            try {
                long wait = collectDue(due);
                if (closed) {
                    return;
                }
                if (due.isEmpty()) {
                    changed.await(wait, TimeUnit.MILLISECONDS);
                    continue;
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                lock.unlock();
            }
            due.forEach(this::begin);
        }
    }

    /** Called with the lock held; returns after how many milliseconds to look again. */
    private long collectDue(Map<String, RaidArray> due) {
        long now = clock.millis();
        long wait = LOOK_MILLIS;
        for (Map.Entry<String, RaidArray> each : running.entrySet()) {
            long next = known.getOrDefault(each.getKey(), Upkeep.DEFAULT).nextScrub(now);
            if (next == 0) {
                continue;
            }
            if (next > now) {
                wait = Math.min(wait, next - now);
            } else if (isIdle(each.getValue())) {
                due.put(each.getKey(), each.getValue());
            }
        }
        return wait;
    }

    /** A rebuild and a change of the size come first, and what has failed cannot be read. */
    private static boolean isIdle(RaidArray array) {
        ArrayStatus status = array.status();
        return status.activity() == ArrayStatus.Activity.IDLE && status.health() != ArrayStatus.Health.FAILED;
    }

    private void begin(String name, RaidArray array) {
        LOG.info("scheduled scrub begins array={}", name);
        try {
            scrub(name, array, of(name).scrubMode()).join();
        } catch (RuntimeException failed) {
            LOG.warn("scheduled scrub ended early array={}", name, failed);
            pause();
        }
    }

    private void pause() {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Begins no more scrubs. Those that run end when their arrays are closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
