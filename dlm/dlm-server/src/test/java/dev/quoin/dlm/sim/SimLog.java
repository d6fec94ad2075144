package dev.quoin.dlm.sim;

import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.sim.SimDisk.Entry;
import dev.quoin.dlm.sim.Troubles.Weakness;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A replicated log by the rules of Raft (Ongaro and Ousterhout 2014, figures 2 and 13), one object for each life of a process. It stands in for
 * Ratis: leaders by votes, entries committed by majorities of synced logs, snapshots for those that lag behind.
 */
public final class SimLog {

    private static final long ELECTION_MIN = 500 * World.MILLI;
    private static final long HEARTBEAT = 100 * World.MILLI;
    private static final long LOOK = 20 * World.MILLI;
    private static final int ENTRIES_PER_MESSAGE = 64;
    private static final int ENTRIES_KEPT = 60;

    private enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER
    }

    private record Pending(long term, CompletableFuture<Void> future, Object submission) {}

    private final World world;
    private final SimNode node;
    private final SimDisk disk;
    private final SimMachine machine;

    /** All peers by name as they are now, this one included. */
    private final Map<String, SimLog> group;

    private final BiConsumer<Long, Long> onDigest;
    private final Map<Long, Pending> pending = new TreeMap<>();
    private final Map<String, Long> next = new HashMap<>();
    private final Map<String, Long> match = new HashMap<>();
    private final Map<String, Long> heard = new HashMap<>();
    private final Set<String> votes = new HashSet<>();
    private Role role = Role.FOLLOWER;
    private @Nullable String leader;
    private boolean ready;
    private long commit;
    private long applied;
    private long electionAt;
    private long heartbeatAt;

    public SimLog(
            SimNode node,
            SimDisk disk,
            SimMachine machine,
            Map<String, SimLog> group,
            BiConsumer<Long, Long> onDigest) {
        world = node.world();
        this.node = node;
        this.disk = disk;
        this.machine = machine;
        this.group = group;
        this.onDigest = onDigest;
        commit = disk.base;
        applied = disk.base;
        machine.restore(disk.snapshot);
        resetElection();
        look();
    }

    /** Its process is killed. */
    public void crash() {
        disk.crash(world);
    }

    public void diskFull(boolean full) {
        disk.full = full;
    }

    public boolean isLeaderReady() {
        return role == Role.LEADER && ready;
    }

    public boolean isLeader() {
        return role == Role.LEADER;
    }

    public @Nullable String leader() {
        return leader;
    }

    public long applied() {
        return applied;
    }

    public String name() {
        return node.name();
    }

    private void resetElection() {
        electionAt = node.nanos() + ELECTION_MIN + world.random.nextLong(ELECTION_MIN);
    }

    private void look() {
        long now = node.nanos();
        if (role == Role.LEADER) {
            long reached = heard.values().stream()
                            .filter(at -> now - at < 2 * ELECTION_MIN)
                            .count()
                    + 1;
            boolean notices = world.troubles.weakness() != Weakness.LEASE_WITHOUT_PROOF;
            if (reached < majority() && notices) {
                follow(disk.term, null);
            } else if (now >= heartbeatAt) {
                heartbeatAt = now + HEARTBEAT;
                group.keySet().forEach(this::replicate);
            }
        } else if (now >= electionAt) {
            stand();
        }
        node.after(LOOK, "", this::look);
    }

    private int majority() {
        return group.size() / 2 + (world.troubles.weakness() == Weakness.SMALL_MAJORITY ? 0 : 1);
    }

    // ------------------------------------------------------------ elections

    private void stand() {
        resetElection();
        role = Role.CANDIDATE;
        leader = null;
        disk.term++;
        disk.vote = name();
        votes.clear();
        votes.add(name());
        world.note(name() + " stands term " + disk.term);
        long term = disk.term;
        long last = disk.lastIndex();
        long lastTerm = disk.termAt(last);
        for (SimLog other : others()) {
            world.send(node, other.node, "", () -> other.current().voteAsked(name(), term, last, lastTerm));
        }
        winIfElected();
    }

    private List<SimLog> others() {
        List<SimLog> others = new ArrayList<>(group.values());
        others.remove(this);
        return others;
    }

    /** The object of the life that the process has now. */
    private SimLog current() {
        SimLog current = group.get(name());
        return current == null ? this : current;
    }

    private void voteAsked(String candidate, long term, long last, long lastTerm) {
        if (term > disk.term) {
            follow(term, null);
        }
        boolean upToDate = lastTerm > disk.termAt(disk.lastIndex())
                || (lastTerm == disk.termAt(disk.lastIndex()) && last >= disk.lastIndex());
        boolean free = disk.vote == null || disk.vote.equals(candidate);
        boolean granted = term == disk.term && free && upToDate;
        if (granted) {
            disk.vote = candidate;
            resetElection();
        }
        long answered = disk.term;
        SimLog to = group.get(candidate);
        if (to != null) {
            // Vote and term are on the disk before they are told.
            node.after(
                    syncTime(),
                    "",
                    () -> world.send(node, to.node, "", () -> to.current().voteAnswered(name(), answered, granted)));
        }
    }

    private void voteAnswered(String from, long term, boolean granted) {
        if (term > disk.term) {
            follow(term, null);
        } else if (role == Role.CANDIDATE && term == disk.term && granted) {
            votes.add(from);
            winIfElected();
        }
    }

    private void winIfElected() {
        if (role != Role.CANDIDATE || votes.size() < majority()) {
            return;
        }
        role = Role.LEADER;
        leader = name();
        ready = false;
        world.note(name() + " leads term " + disk.term);
        long now = node.nanos();
        for (SimLog other : others()) {
            next.put(other.name(), disk.lastIndex() + 1);
            match.put(other.name(), 0L);
            heard.put(other.name(), now);
        }
        disk.entries.add(new Entry(disk.term, null));
        written();
        heartbeatAt = now;
    }

    private void follow(long term, @Nullable String by) {
        boolean led = role == Role.LEADER;
        if (term > disk.term) {
            disk.term = term;
            disk.vote = null;
        }
        role = Role.FOLLOWER;
        leader = by;
        ready = false;
        if (led) {
            world.note(name() + " leads no more");
            List<Pending> open = new ArrayList<>(pending.values());
            pending.clear();
            resetElection();
            machine.notLeading();
            open.forEach(one -> one.future().completeExceptionally(new IllegalStateException("not the leader")));
        }
    }

    // ------------------------------------------------------------ entries

    public CompletableFuture<Void> append(LogBatch batch, Object submission) {
        if (role != Role.LEADER || disk.full) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException(disk.full ? "no space left on device" : "not the leader"));
        }
        disk.entries.add(new Entry(disk.term, batch));
        CompletableFuture<Void> future = new CompletableFuture<>();
        pending.put(disk.lastIndex(), new Pending(disk.term, future, submission));
        written();
        group.keySet().forEach(this::replicate);
        return future;
    }

    private long syncTime() {
        return world.chance(0.02)
                ? world.random.nextLong(200 * World.MILLI)
                : 50_000 + world.random.nextLong(World.MILLI);
    }

    /** Something was written; it counts when it is synced. */
    private void written() {
        sync(disk.lastIndex(), disk.termAt(disk.lastIndex()), this::advance);
    }

    private void sync(long index, long term, Runnable then) {
        boolean forgetful = world.troubles.weakness() == Weakness.FORGETFUL_DISK;
        node.after(forgetful ? 500 * World.MILLI : syncTime(), "", () -> {
            if (disk.lastIndex() >= index && index >= disk.base && disk.termAt(index) == term) {
                disk.synced = Math.max(disk.synced, index);
            }
            if (!forgetful) {
                then.run();
            }
        });
        if (forgetful) {
            node.after(0, "", then);
        }
    }

    private long own() {
        return world.troubles.weakness() == Weakness.FORGETFUL_DISK ? disk.lastIndex() : disk.synced;
    }

    private void replicate(String to) {
        SimLog other = group.get(to);
        if (role != Role.LEADER || other == null || other.name().equals(name())) {
            return;
        }
        long term = disk.term;
        long from = next.getOrDefault(to, disk.lastIndex() + 1);
        if (from <= disk.base) {
            long base = disk.base;
            long baseTerm = disk.baseTerm;
            Object image = disk.snapshot;
            if (image != null) {
                world.send(node, other.node, "", () -> other.current().install(name(), term, base, baseTerm, image));
            }
            return;
        }
        long previous = from - 1;
        long previousTerm = disk.termAt(previous);
        List<Entry> entries = new ArrayList<>();
        for (long i = from; i <= disk.lastIndex() && entries.size() < ENTRIES_PER_MESSAGE; i++) {
            entries.add(disk.entry(i));
        }
        long committed = commit;
        if (!entries.isEmpty()) {
            next.put(to, from + entries.size());
        }
        world.send(
                node,
                other.node,
                "",
                () -> other.current().entriesCame(name(), term, previous, previousTerm, entries, committed));
    }

    private void entriesCame(
            String from, long term, long previous, long previousTerm, List<Entry> entries, long committed) {
        SimLog to = group.get(from);
        if (to == null) {
            return;
        }
        if (term < disk.term) {
            answer(to, disk.term, false, 0);
            return;
        }
        if (term > disk.term || role != Role.FOLLOWER || leader == null) {
            follow(term, from);
        }
        leader = from;
        resetElection();
        boolean gullible = world.troubles.weakness() == Weakness.GULLIBLE_FOLLOWER;
        if (previous > disk.lastIndex()
                || (previous >= disk.base && !gullible && disk.termAt(previous) != previousTerm)
                || disk.full) {
            answer(to, term, false, Math.min(disk.lastIndex(), Math.max(disk.base, previous - 1)));
            return;
        }
        for (int i = 0; i < entries.size(); i++) {
            long index = previous + 1 + i;
            if (index <= disk.base) {
                continue;
            }
            if (index <= disk.lastIndex()) {
                if (disk.entry(index).term() == entries.get(i).term()) {
                    continue;
                }
                disk.truncateAfter(index - 1);
            }
            disk.entries.add(entries.get(i));
        }
        long last = previous + entries.size();
        if (last > disk.base) {
            sync(last, disk.termAt(last), () -> answer(to, term, true, last));
        } else {
            answer(to, term, true, last);
        }
        commitTo(Math.min(committed, last));
    }

    private void answer(SimLog to, long term, boolean success, long index) {
        world.send(node, to.node, "", () -> to.current().answered(name(), term, success, index));
    }

    private void answered(String from, long term, boolean success, long index) {
        if (term > disk.term) {
            follow(term, null);
            return;
        }
        if (role != Role.LEADER || term < disk.term) {
            return;
        }
        heard.put(from, node.nanos());
        if (success) {
            match.merge(from, index, Math::max);
            next.merge(from, index + 1, Math::max);
            advance();
        } else {
            next.put(from, Math.max(match.getOrDefault(from, 0L) + 1, Math.min(index + 1, disk.lastIndex() + 1)));
            replicate(from);
        }
    }

    private void install(String from, long term, long index, long indexTerm, Object image) {
        SimLog to = group.get(from);
        if (term < disk.term || to == null) {
            return;
        }
        if (term > disk.term || role != Role.FOLLOWER) {
            follow(term, from);
        }
        leader = from;
        resetElection();
        if (index > applied) {
            world.note(name() + " installs " + index);
            disk.install(index, indexTerm, image);
            machine.restore(image);
            applied = index;
            commit = Math.max(commit, index);
        }
        answer(to, term, true, index);
    }

    private void advance() {
        if (role != Role.LEADER) {
            return;
        }
        List<Long> reached = new ArrayList<>(match.values());
        reached.add(own());
        reached.sort(null);
        long majority = reached.get(reached.size() - majority());
        if (majority > commit && majority <= disk.lastIndex() && disk.termAt(majority) == disk.term) {
            commitTo(majority);
        }
    }

    private void commitTo(long index) {
        commit = Math.max(commit, Math.min(index, disk.lastIndex()));
        while (applied < commit) {
            applied++;
            Entry entry = disk.entry(applied);
            Pending mine = pending.remove(applied);
            if (mine != null && mine.term() != entry.term()) {
                mine.future().completeExceptionally(new IllegalStateException("another entry stands there"));
                mine = null;
            }
            if (entry.batch() == null) {
                if (role == Role.LEADER && entry.term() == disk.term) {
                    ready = true;
                    machine.leading();
                }
            } else {
                machine.apply(entry.batch(), mine == null ? null : mine.submission());
            }
            onDigest.accept(applied, machine.digest());
            if (mine != null) {
                mine.future().complete(null);
            }
        }
        if (applied - disk.base > ENTRIES_KEPT) {
            disk.compact(applied, machine.image());
        }
    }
}
