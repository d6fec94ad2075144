package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Two replicas that are given the same commands, and the model that knows what has to come of them. */
final class CorePair implements EffectSink {

    /** A request of a session. */
    private record Request(long session, long sequence) {}

    private final RandomGenerator random;
    private final NaiveModel model;
    private final CoreDisk disk = new CoreDisk();
    private LockCore leader = new LockCore(Limits.DEFAULT, true);
    private LockCore follower = new LockCore(Limits.DEFAULT, true);

    /** Of the last command. */
    final List<Effect> effects = new ArrayList<>();

    /** Answers to requests that were not answered before the last check. */
    private final Map<Request, Result> fresh = new HashMap<>();

    private final Map<Request, Result> answered = new HashMap<>();
    private final Map<Request, Operation> asked = new HashMap<>();
    private final Map<Long, Long> sequences = new HashMap<>();
    private final CoreInvariants invariants = new CoreInvariants();
    private long highestToken;
    private long clock = 1_000;

    CorePair(RandomGenerator random, NaiveModel model) {
        this.random = random;
        this.model = model;
    }

    @Override
    public void accept(Effect effect) {
        effects.add(effect);
    }

    @Override
    public boolean wantsReads() {
        return true;
    }

    void apply(Command command) {
        clock += random.nextInt(3);
        applyNow(command);
    }

    private void applyNow(Command command) {
        effects.clear();
        leader.apply(command, clock, this);
        follower.apply(command, clock, EffectSink.NONE);
        disk.log(command, clock);
        disk.writeSome(random.nextInt(4));
        for (Effect effect : effects) {
            if (effect instanceof Effect.Answer(long session, long sequence, Result result)) {
                Request request = new Request(session, sequence);
                if (asked.get(request) instanceof Operation.Read) {
                    continue;
                }
                Result before = answered.putIfAbsent(request, result);
                if (before == null) {
                    fresh.put(request, result);
                } else {
                    assertThat(result).as("the one result of %s", request).isEqualTo(before);
                }
            } else {
                invariants.take(effect);
            }
        }
    }

    long lastSequence(long session) {
        return sequences.getOrDefault(session, 0L);
    }

    long perform(long session, Operation operation) {
        long sequence = sequences.merge(session, 1L, Long::sum);
        asked.put(new Request(session, sequence), operation);
        apply(new Command.Perform(session, sequence, operation));
        return sequence;
    }

    void repeat(long session) {
        if (lastSequence(session) > 0) {
            long sequence = random.nextLong(1, lastSequence(session) + 1);
            long before = StateImages.digest(leader);
            applyNow(new Command.Perform(session, sequence, asked.get(new Request(session, sequence))));
            assertThat(StateImages.digest(leader)).isEqualTo(before);
            assertThat(effects).allMatch(e -> e instanceof Effect.Answer || e instanceof Effect.Blocking);
        }
    }

    void gap(long session) {
        long last = lastSequence(session);
        apply(new Command.Perform(session, last + 2 + random.nextInt(3), new Operation.ListSessions()));
        assertThat(effects).containsExactly(new Effect.Resend(session, last + 1));
        apply(new Command.Attach(session));
    }

    void acknowledge(long session) {
        long last = lastSequence(session);
        apply(new Command.Acknowledge(session, random.nextLong(last + 1), new long[] {random.nextLong(last + 1)}));
    }

    private Result readNow(long session, Operation.Read read) {
        long sequence = perform(session, read);
        Effect.Answer answer = (Effect.Answer) effects.getFirst();
        assertThat(answer.sequence()).isEqualTo(sequence);
        return answer.result();
    }

    long ticket(long lock) {
        LockState found = leader.locks.locks.get(lock);
        return found == null ? 0 : found.ticket;
    }

    /** Asks for lists and compares them with the model. */
    void read(long session) {
        invariants.checkWaits(model, (Result.Waits) readNow(session, new Operation.ListWaits("")));
        Result.Deadlocks cycles = (Result.Deadlocks) readNow(session, new Operation.FindDeadlocks());
        Set<Long> forEver = NaiveWaits.forEver(model);
        for (List<LockWait> cycle : cycles.cycles()) {
            invariants.checkCycle(model, cycle, forEver);
        }
        if (!NaiveWaits.anybodyWaitsTwice(model)) {
            assertThat(cycles.cycles().isEmpty()).as("no cycles found").isEqualTo(forEver.isEmpty());
        }
        Result.Sessions sessions = (Result.Sessions) readNow(session, new Operation.ListSessions());
        assertThat(sessions.sessions()).hasSameSizeAs(model.sessions.keySet());
        int locks = 0;
        for (int space = 0; space < 3; space++) {
            locks += ((Result.Locks) readNow(session, new Operation.ListLocks(space, new byte[0])))
                    .locks()
                    .size();
        }
        assertThat(locks).isEqualTo(model.locks.size());
    }

    /** Breaks what the leader's scan suggests until it suggests nothing; then no request waits for ever. */
    void breakAllDeadlocks() {
        for (int rounds = 0; ; rounds++) {
            assertThat(rounds).as("rounds of breaking deadlocks").isLessThan(50);
            List<Command.BreakDeadlock> suspects = leader.suspects(Long.MAX_VALUE);
            assertThat(follower.suspects(Long.MAX_VALUE)).isEqualTo(suspects);
            if (suspects.isEmpty()) {
                break;
            }
            int ended = 0;
            for (Command.BreakDeadlock suspect : suspects) {
                ended += breakDeadlock(suspect.lock(), suspect.ticket());
                check();
            }
            assertThat(ended).as("requests ended for %s", suspects).isPositive();
        }
        if (!NaiveWaits.anybodyWaitsTwice(model)) {
            assertThat(NaiveWaits.forEver(model))
                    .as("requests that wait for ever")
                    .isEmpty();
        }
    }

    /** Tries to break a deadlock, tells the model who was chosen and says how many requests were ended. */
    int breakDeadlock(long lock, long ticket) {
        Set<Long> forEver = NaiveWaits.forEver(model);
        boolean stale = ticket(lock) != ticket;
        apply(new Command.BreakDeadlock(lock, ticket));
        int ended = 0;
        for (Map.Entry<Request, Result> entry : fresh.entrySet()) {
            if (entry.getValue() instanceof Result.Deadlock(List<LockWait> cycle)) {
                assertThat(stale || !forEver.contains(lock))
                        .as("%s was ended for nothing", cycle)
                        .isFalse();
                invariants.checkCycle(model, cycle, forEver);
                NaiveModel.Lock victim = model.find(cycle.getFirst().waiter().id());
                assertThat(victim).isNotNull();
                assertThat(entry.getKey()).isEqualTo(new Request(victim.session, victim.request));
                invariants.checkVictim(model, cycle);
                ended++;
                String path = victim.path;
                model.unwait(victim, "deadlock");
                model.serve(path);
            }
        }
        assertThat(ended).isLessThanOrEqualTo(1);
        return ended;
    }

    /** That who was named as the reason for an answer is one. To be called before the check. */
    void checkRangeAnswer(Operation.SetRange ask, long session) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Answer(long to, long _, Result result) && to == session) {
                if (result instanceof Result.RangeDenied(RangeInfo blocker)) {
                    invariants.checkBlocker(model, ask, session, blocker);
                } else if (result instanceof Result.RangeDeadlock(List<RangeInfo> cycle)) {
                    invariants.checkRangeCycle(model, ask, session, cycle);
                }
            }
        }
    }

    /** Compares everything with the model. */
    void check() {
        Map<Long, Long> tokens = takeTokens();
        assertThat(fresh).as("answers").hasSameSizeAs(model.outcomes.keySet());
        model.outcomes.forEach((key, expected) -> {
            Request request = new Request(key.getFirst(), key.getLast());
            Result found = fresh.get(request);
            assertThat(found).as("answer to %s %s", request, asked.get(request)).isNotNull();
            NaiveModel.Outcome outcome = Outcomes.of(found);
            if (!outcome.equals(expected.with(tokens))) {
                assertThat(outcome).as("%s: %s", request, asked.get(request)).isEqualTo(expected.with(tokens));
            }
        });
        fresh.clear();
        model.outcomes.clear();
        CoreComparison.check(leader, model);
        invariants.checkGrants(leader);
        assertThat(StateImages.digest(follower)).isEqualTo(StateImages.digest(leader));
    }

    /** Puts the core's tokens in place of the model's numbers for them; they are higher than all before them. */
    private Map<Long, Long> takeTokens() {
        Map<Long, Long> tokens = new HashMap<>();
        model.outcomes.forEach((key, outcome) -> {
            Result found = fresh.get(new Request(key.getFirst(), key.getLast()));
            if (found != null) {
                Outcomes.pair(outcome, Outcomes.of(found), tokens);
            }
        });
        for (NaiveModel.Lock lock : model.locks) {
            LockState found = leader.locks.locks.get(lock.id);
            if (lock.token < 0 && found != null) {
                tokens.putIfAbsent(lock.token, found.token);
            }
        }
        if (!tokens.isEmpty()) {
            Set<Long> distinct = new HashSet<>(tokens.values());
            assertThat(distinct).hasSameSizeAs(tokens.keySet()).allMatch(token -> token > highestToken);
            invariants.checkOrder(model, tokens);
            highestToken = distinct.stream().mapToLong(token -> token).max().orElseThrow();
            model.takeTokens(tokens);
        }
        return tokens;
    }

    /** Begins a snapshot, or ends one; what was read back then takes the place of a replica. */
    void snapshotAndRestore() throws StateFormatException {
        if (!disk.isWriting()) {
            disk.begin(leader);
            if (random.nextBoolean()) {
                return;
            }
        }
        if (random.nextInt(4) == 0) {
            disk.fail(leader);
            return;
        }
        LockCore restored = disk.finish(leader);
        assertThat(StateImages.digest(restored)).isEqualTo(StateImages.digest(leader));
        if (random.nextBoolean()) {
            leader = restored;
        } else {
            follower = restored;
        }
    }
}
