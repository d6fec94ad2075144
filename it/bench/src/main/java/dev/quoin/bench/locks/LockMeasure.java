package dev.quoin.bench.locks;

import dev.quoin.bench.Better;
import dev.quoin.bench.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A measure of the lock manager.
 *
 * @param kind what the clients do
 * @param clients how many there are
 * @param peer who does the same beside Quoin, empty for nobody
 */
record LockMeasure(Measure measure, Kind kind, int clients, String peer) {

    /** What the clients do. */
    enum Kind {
        /** Each takes and gives back a free lock of its own, both confirmed before it goes on. */
        PAIRS,
        /** The same, but the giving back is not waited for. */
        PIPELINED,
        /** As pairs; what counts is the CPU time of all processes. */
        CPU,
        /** One takes and gives back a lock that its node keeps. */
        CACHED,
        /** The leader is killed while one waits for a new lock. */
        FAILOVER,
        /** A snapshot of a million locks is written while others are taken and given back. */
        SNAPSHOT,
        /** Ten minutes of load, in which the leader should stay. */
        SOAK
    }

    static final String ZOOKEEPER = "zookeeper";
    static final String ETCD = "etcd";

    /** Quoin itself, its log carried by the other transport. */
    static final String OTHER_TRANSPORT = "other-transport";

    static List<LockMeasure> all() {
        List<LockMeasure> all = new ArrayList<>();
        for (int clients : new int[] {512, 64, 8, 1}) {
            for (String peer : List.of(ZOOKEEPER, ETCD)) {
                all.add(pairs("pairs-" + clients + "-vs-" + peer, Kind.PAIRS, clients, peer, ""));
            }
        }
        for (int clients : new int[] {64, 8, 1}) {
            all.add(pairs("pairs-" + clients + "-vs-" + OTHER_TRANSPORT, Kind.PAIRS, clients, OTHER_TRANSPORT, ""));
        }
        for (String peer : List.of(ZOOKEEPER, ETCD)) {
            all.add(pairs(
                    "pairs-1-pipelined-vs-" + peer, Kind.PIPELINED, 1, peer, "; Quoin's release is not waited for"));
        }
        all.add(new LockMeasure(
                new Measure(
                        "cpu-512-vs-etcd",
                        "us/pair",
                        Better.LOWER,
                        "CPU of all processes for an acquire and release, 512 clients"),
                Kind.CPU,
                512,
                ETCD));
        all.add(new LockMeasure(
                new Measure(
                        "reacquire-cached", "ns", Better.LOWER, "taking and giving back a lock that the node keeps"),
                Kind.CACHED,
                1,
                ""));
        all.add(new LockMeasure(
                new Measure("failover", "ms", Better.LOWER, "from kill -9 of the leader to the next new grant"),
                Kind.FAILOVER,
                1,
                ""));
        all.add(new LockMeasure(
                new Measure(
                        "snapshot-stall",
                        "ms",
                        Better.LOWER,
                        "the longest that a command is held up while 1,000,000 locks are written to disk"),
                Kind.SNAPSHOT,
                1,
                ""));
        all.add(new LockMeasure(
                new Measure(
                        "elections-in-soak",
                        "elections",
                        Better.LOWER,
                        "elections in 10 minutes of load by 64 clients; each round takes so long"),
                Kind.SOAK,
                64,
                ""));
        return List.copyOf(all);
    }

    private static LockMeasure pairs(String name, Kind kind, int clients, String peer, String more) {
        return new LockMeasure(
                new Measure(
                        name,
                        "pairs/s",
                        Better.HIGHER,
                        "acquire and release of free locks, " + clients + (clients == 1 ? " client" : " clients")
                                + more),
                kind,
                clients,
                peer);
    }

    static LockMeasure of(Measure measure) {
        Optional<LockMeasure> found =
                all().stream().filter(one -> one.measure.equals(measure)).findFirst();
        return found.orElseThrow(() -> new IllegalArgumentException("measure " + measure + " is none of locks"));
    }
}
