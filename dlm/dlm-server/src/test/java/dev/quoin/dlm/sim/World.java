package dev.quoin.dlm.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Virtual time, chance, and a network: everything that happens is an event in one queue, so that a seed decides all. One thread.
 *
 * <p>Each event goes into a running hash; two runs of a seed that differ in anything that happens differ in it.
 */
public final class World {

    public static final long MILLI = 1_000_000;
    public static final long SECOND = 1_000 * MILLI;

    private static final int REMEMBERED = 60;

    private record Event(long at, long number, SimNode node, int life, String what, Runnable task) {}

    private record Way(SimNode from, SimNode to) {}

    public final RandomGenerator random;
    public final Troubles troubles;
    private final PriorityQueue<Event> queue = new PriorityQueue<>(
            (a, b) -> a.at() != b.at() ? Long.compare(a.at(), b.at()) : Long.compare(a.number(), b.number()));
    private final Set<Way> cuts = new HashSet<>();
    private final Deque<String> last = new ArrayDeque<>();
    private Runnable afterEach = () -> {};
    private long now;
    private long numbers;
    private long hash = 1_125_899_906_842_597L;
    private long events;

    public World(long seed, Troubles troubles) {
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        this.troubles = troubles;
    }

    /** The time that nobody in it knows, in nanoseconds. */
    public long now() {
        return now;
    }

    /** So many things have happened. */
    public long events() {
        return events;
    }

    /** Equal for runs in which the same happened. */
    public long trace() {
        return hash;
    }

    /** What happened at last, for people. */
    public String story() {
        return String.join("\n", last);
    }

    /** Whether chance wills it. */
    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** What is looked at after each event. */
    public void afterEach(Runnable check) {
        afterEach = check;
    }

    /** Notes something in the story and the hash. */
    public void note(String what) {
        for (int i = 0; i < what.length(); i++) {
            hash = hash * 1_099_511_628_211L + what.charAt(i);
        }
        hash = hash * 31 + now;
        last.add(now / 1_000 + " us " + what);
        if (last.size() > REMEMBERED) {
            last.remove();
        }
    }

    /** Does something at a node after so long of the world's time, if the node still runs then; a paused node does it later. */
    public void after(long nanos, SimNode node, String what, Runnable task) {
        queue.add(new Event(now + Math.max(0, nanos), numbers++, node, node.life(), what, task));
    }

    /** Lets the world go on until then. */
    public void runUntil(long then) {
        while (!queue.isEmpty() && queue.peek().at() <= then) {
            Event event = queue.remove();
            if (event.life() != event.node().life() || !event.node().isRunning()) {
                continue;
            }
            if (event.node().pausedUntil() > event.at()) {
                queue.add(new Event(
                        event.node().pausedUntil(),
                        event.number(),
                        event.node(),
                        event.life(),
                        event.what(),
                        event.task()));
                continue;
            }
            now = event.at();
            events++;
            hash = hash * 31 + now * 7 + event.number();
            if (!event.what().isEmpty()) {
                note(event.node().name() + " " + event.what());
            }
            event.task().run();
            afterEach.run();
        }
        now = then;
    }

    // ------------------------------------------------------------ the network

    /** What one sends the other does not arrive from now on. */
    public void cut(SimNode from, SimNode to) {
        cuts.add(new Way(from, to));
    }

    /** Undoes all cuts. */
    public void heal() {
        cuts.clear();
    }

    public boolean isCut(SimNode from, SimNode to) {
        return cuts.contains(new Way(from, to));
    }

    /** How long a message is on its way. */
    long delay() {
        long usual = 100_000 + random.nextLong(2 * MILLI);
        return chance(troubles.slow()) ? usual + random.nextLong(600 * MILLI) : usual;
    }

    /** Sends a message that may be lost, come twice, or come after later ones. */
    public void send(SimNode from, SimNode to, String what, Runnable task) {
        if (isCut(from, to) || chance(troubles.loss())) {
            return;
        }
        after(delay(), to, what, () -> arrive(from, to, task));
        if (chance(troubles.duplication())) {
            after(delay(), to, what + " again", () -> arrive(from, to, task));
        }
    }

    private void arrive(SimNode from, SimNode to, Runnable task) {
        if (!isCut(from, to)) {
            task.run();
        }
    }
}
