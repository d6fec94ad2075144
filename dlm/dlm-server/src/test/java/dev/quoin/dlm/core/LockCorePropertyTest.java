package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that random commands have the outcomes that a second, plain writing of the rules has, that all replicas have one
 * digest, that a snapshot brings back the same state at any point, and that no grants clash, tokens rise and no waiter is lost.
 *
 * <p>{@code -Ddlm.core.commands=N} sets how many commands are tried in all.
 */
class LockCorePropertyTest {

    private static final int COMMANDS = Integer.getInteger("dlm.core.commands", 20_000);
    private static final int COMMANDS_PER_RUN = 400;

    @Test
    void randomCommands_onReplicas_agreeWithModel() {
        Property.forAll(Math.max(1, COMMANDS / COMMANDS_PER_RUN), random -> new Run(random).run());
    }

    private static final class Run implements EffectSink {
        private final RandomGenerator random;
        private final NaiveModel model = new NaiveModel();
        private LockCore leader = new LockCore(Limits.DEFAULT, true);
        private LockCore follower = new LockCore(Limits.DEFAULT, false);
        private final Map<Table, TreeMap<String, byte[][]>> disk = new HashMap<>();
        private final List<Effect> effects = new ArrayList<>();
        private final Map<Long, Long> sequences = new HashMap<>();
        private final Map<List<Long>, Result> answered = new HashMap<>();
        private final Map<List<Long>, Operation> asked = new HashMap<>();
        private final Set<List<Object>> told = new HashSet<>();
        private long highestToken;
        private long clock = 1_000;

        Run(RandomGenerator random) {
            this.random = random;
            for (Table table : Table.values()) {
                disk.put(table, new TreeMap<>());
            }
        }

        void run() throws StateFormatException {
            openSession();
            perform(1, new Operation.OpenLockspace("free", SessionEndPolicy.RELEASE));
            perform(1, new Operation.OpenLockspace("held", SessionEndPolicy.HOLD_UNTIL_FENCED));
            model.policies.put(0, SessionEndPolicy.RELEASE);
            model.policies.put(1, SessionEndPolicy.HOLD_UNTIL_FENCED);
            for (int i = 0; i < COMMANDS_PER_RUN; i++) {
                step();
                check();
                if (random.nextInt(25) == 0) {
                    snapshotAndRestore();
                }
            }
            assertThat(StateImages.digest(follower)).isEqualTo(StateImages.digest(leader));
        }

        @Override
        public void accept(Effect effect) {
            effects.add(effect);
        }

        @Override
        public boolean wantsReads() {
            return true;
        }

        private void apply(Command command) {
            clock += random.nextInt(3);
            applyNow(command);
        }

        private void applyNow(Command command) {
            effects.clear();
            leader.apply(command, clock, this);
            follower.apply(command, clock, EffectSink.NONE);
            for (Effect effect : effects) {
                if (effect instanceof Effect.Answer(long session, long sequence, Result result)) {
                    Result before = answered.putIfAbsent(List.of(session, sequence), result);
                    assertThat(before == null || before.equals(result))
                            .as("one result for %s of session %s", sequence, session)
                            .isTrue();
                    if (before == null && result instanceof Result.Granted(long _, long token, var _)) {
                        assertThat(token).isGreaterThan(highestToken);
                        highestToken = token;
                    }
                } else if (effect instanceof Effect.Blocking(long _, long lock, long token, LockMode mode)) {
                    told.add(List.of(lock, token, mode));
                }
            }
        }

        private void openSession() {
            apply(new Command.OpenSession(
                    new UUID(random.nextLong(), random.nextLong()), "node" + random.nextInt(9), false, 10_000));
            assertThat(effects).hasSize(1);
            Effect.Opened opened = (Effect.Opened) effects.getFirst();
            assertThat(model.sessions).doesNotContainKey(opened.session());
            model.sessions.put(opened.session(), true);
            sequences.put(opened.session(), 0L);
        }

        private long perform(long session, Operation operation) {
            long sequence = sequences.merge(session, 1L, Long::sum);
            asked.put(List.of(session, sequence), operation);
            apply(new Command.Perform(session, sequence, operation));
            return sequence;
        }

        private List<Long> living() {
            return model.sessions.entrySet().stream()
                    .filter(Map.Entry::getValue)
                    .map(Map.Entry::getKey)
                    .toList();
        }

        private <T> T pick(List<T> all) {
            return all.get(random.nextInt(all.size()));
        }

        private void step() {
            List<Long> living = living();
            if (living.isEmpty() || (living.size() < 5 && random.nextInt(10) == 0)) {
                openSession();
                return;
            }
            long session = pick(living);
            int dice = random.nextInt(100);
            if (dice < 40) {
                acquire(session);
            } else if (dice < 60) {
                convert(session);
            } else if (dice < 76) {
                release(session);
            } else if (dice < 84) {
                cancel(session);
            } else if (dice < 88) {
                repeat(session);
            } else if (dice < 90) {
                gap(session);
            } else if (dice < 94) {
                acknowledge(session);
            } else if (dice < 96) {
                model.end(session, false, true);
                apply(new Command.ExpireSession(session));
            } else if (dice < 97) {
                perform(session, new Operation.EndSession());
                model.end(session, true, false);
            } else {
                fence(session);
            }
        }

        private LockMode mode() {
            return pick(List.of(LockMode.values()));
        }

        private Queue queue(Queue odd) {
            return switch (random.nextInt(8)) {
                case 0 -> Queue.NOQUEUE;
                case 1 -> Queue.NOQUEUE_NOTIFY;
                case 2 -> odd;
                case 3 -> random.nextInt(4) == 0 ? pick(List.of(Queue.values())) : Queue.WAIT;
                default -> Queue.WAIT;
            };
        }

        private void acquire(long session) {
            int space = random.nextInt(2);
            String resource = "r" + random.nextInt(3);
            Queue queue = queue(Queue.EXPEDITE);
            LockMode mode = queue == Queue.EXPEDITE && random.nextInt(4) != 0 ? LockMode.NL : mode();
            boolean listens = random.nextInt(4) != 0;
            long sequence =
                    perform(session, new Operation.Acquire(space, ResourceName.of(resource), mode, queue, listens));
            model.acquire(session, sequence, space, resource, mode, queue, listens);
        }

        /** Mostly one of the session's own locks, sometimes somebody else's or none. */
        private long lock(long session) {
            List<NaiveModel.Lock> own =
                    model.locks.stream().filter(l -> l.session == session).toList();
            if (own.isEmpty() || random.nextInt(20) == 0) {
                return random.nextInt(200);
            }
            return pick(own).id;
        }

        private ValueBlock value() {
            byte[] bytes = new byte[random.nextInt(4)];
            random.nextBytes(bytes);
            return ValueBlock.of(bytes);
        }

        private void convert(long session) {
            long lock = lock(session);
            LockMode mode = mode();
            Queue queue = queue(Queue.QUEUE_CONVERSION);
            NaiveModel.Lock found = model.find(lock);
            boolean writes = found != null && found.granted != null && found.granted.writesValueBlock();
            ValueBlock value = (writes && random.nextBoolean()) || random.nextInt(20) == 0 ? value() : null;
            long sequence = perform(session, new Operation.Convert(lock, mode, queue, value));
            model.convert(session, sequence, lock, mode, queue, value);
        }

        private void release(long session) {
            long lock = lock(session);
            NaiveModel.Lock found = model.find(lock);
            boolean writes = found != null && found.granted != null && found.granted.writesValueBlock();
            ValueBlock value = (writes && random.nextBoolean()) || random.nextInt(20) == 0 ? value() : null;
            long sequence = perform(session, new Operation.Release(lock, value));
            model.release(session, sequence, lock, value);
        }

        private void cancel(long session) {
            List<NaiveModel.Lock> waiting = model.locks.stream()
                    .filter(l -> l.session == session && l.wanted != null)
                    .toList();
            long target = waiting.isEmpty() || random.nextInt(10) == 0 ? random.nextInt(50) : pick(waiting).request;
            boolean timedOut = random.nextBoolean();
            long sequence = perform(session, new Operation.Cancel(target, timedOut));
            model.cancel(session, sequence, target, timedOut);
        }

        private void repeat(long session) {
            long last = sequences.getOrDefault(session, 0L);
            if (last == 0) {
                return;
            }
            long sequence = random.nextLong(1, last + 1);
            Operation operation = asked.get(List.of(session, sequence));
            assertThat(operation).isNotNull();
            long before = StateImages.digest(leader);
            applyNow(new Command.Perform(session, sequence, operation));
            assertThat(StateImages.digest(leader)).isEqualTo(before);
            assertThat(effects).allMatch(e -> e instanceof Effect.Answer || e instanceof Effect.Blocking);
        }

        private void gap(long session) {
            long last = sequences.getOrDefault(session, 0L);
            apply(new Command.Perform(session, last + 2 + random.nextInt(3), new Operation.ListSessions()));
            assertThat(effects).containsExactly(new Effect.Resend(session, last + 1));
        }

        private void acknowledge(long session) {
            long last = sequences.getOrDefault(session, 0L);
            apply(new Command.Acknowledge(session, random.nextLong(last + 1), new long[] {random.nextLong(last + 1)}));
        }

        private void fence(long session) {
            List<Long> all = List.copyOf(model.sessions.keySet());
            long other = pick(all);
            boolean alive = Boolean.TRUE.equals(model.sessions.get(other));
            long sequence = perform(session, new Operation.DeclareFenced(other));
            if (alive) {
                model.outcomes.put(List.of(session, sequence), NaiveModel.Outcome.of("refused"));
            } else {
                model.end(other, false, false);
                model.outcomes.put(List.of(session, sequence), NaiveModel.Outcome.of("done"));
            }
        }

        private void check() {
            model.outcomes.forEach((request, expected) -> {
                Result found = answered.get(request);
                assertThat(found).as("answer to %s", request).isNotNull();
                assertThat(outcome(found)).as("answer to %s", request).isEqualTo(expected);
            });
            for (List<Long> request : answered.keySet()) {
                Operation operation = asked.get(request);
                if (!(operation instanceof Operation.OpenLockspace || operation instanceof Operation.EndSession)) {
                    assertThat(model.outcomes).as("answer to %s", operation).containsKey(request);
                }
            }
            assertThat(describe(leader)).isEqualTo(describe(model));
            checkGrants();
            if (random.nextInt(10) == 0) {
                assertThat(StateImages.digest(follower)).isEqualTo(StateImages.digest(leader));
            }
        }

        private static NaiveModel.Outcome outcome(Result result) {
            return switch (result) {
                case Result.Granted(long lock, long token, ValueBlock value) ->
                    new NaiveModel.Outcome("granted", lock == 0 ? -1 : lock, token, value);
                case Result.Denied _ -> NaiveModel.Outcome.of("denied");
                case Result.Deadlock _ -> NaiveModel.Outcome.of("deadlock");
                case Result.TimedOut _ -> NaiveModel.Outcome.of("timed out");
                case Result.Cancelled _ -> NaiveModel.Outcome.of("cancelled");
                case Result.Done _ -> NaiveModel.Outcome.of("done");
                case Result.Refused _ -> NaiveModel.Outcome.of("refused");
                default -> throw new AssertionError("not expected: " + result);
            };
        }

        private static List<String> describe(LockCore core) {
            return core.locks.locks.values().stream()
                    .map(l -> NaiveModel.name(l.resource.space.id, l.resource.name.toString()) + " " + l.id + " "
                            + l.session.id + " " + l.granted + " " + l.wanted + " " + l.token + " " + l.resource.value)
                    .sorted()
                    .toList();
        }

        private static List<String> describe(NaiveModel model) {
            return model.locks.stream()
                    .map(l -> NaiveModel.name(l.space, l.resource) + " " + l.id + " " + l.session + " " + l.granted
                            + " " + l.wanted + " " + l.token + " "
                            + model.values.getOrDefault(NaiveModel.name(l.space, l.resource), ValueBlock.EMPTY))
                    .sorted()
                    .toList();
        }

        /** On the core's own state: no clash, no waiter that nothing stands against, and every holder in the way told. */
        private void checkGrants() {
            for (LockspaceState space : leader.locks.spaces) {
                for (Resource resource : space.resources.values()) {
                    List<LockState> all = leader.locks.locks.values().stream()
                            .filter(l -> l.resource == resource)
                            .toList();
                    assertThat(all).isNotEmpty();
                    for (LockState a : all) {
                        for (LockState b : all) {
                            if (a != b && a.granted != null && b.granted != null) {
                                assertThat(NaiveModel.compatible(a.granted, b.granted))
                                        .isTrue();
                            }
                            if (a != b
                                    && a.granted != null
                                    && b.wanted != null
                                    && a.listens
                                    && !a.session.ended
                                    && !NaiveModel.compatible(a.granted, b.wanted)) {
                                assertThat(told).contains(List.of(a.id, a.token, b.wanted));
                            }
                        }
                    }
                    LockState head =
                            resource.converting.head != null ? resource.converting.head : resource.waiting.head;
                    if (head != null && head.wanted != null) {
                        LockMode wanted = head.wanted;
                        assertThat(all)
                                .as("what stands against %s", head.describe())
                                .anyMatch(l ->
                                        l != head && l.granted != null && !NaiveModel.compatible(l.granted, wanted));
                    }
                }
            }
        }

        private void snapshotAndRestore() throws StateFormatException {
            StateImages.writeChanges(leader, new StateSink() {
                @Override
                public void put(Table table, byte[] key, byte[] value) {
                    tableOf(table).put(java.util.HexFormat.of().formatHex(key), new byte[][] {key, value});
                }

                @Override
                public void delete(Table table, byte[] key) {
                    tableOf(table).remove(java.util.HexFormat.of().formatHex(key));
                }
            });
            StateLoader loader = new StateLoader(Limits.DEFAULT, true);
            for (Table table : Table.values()) {
                for (byte[][] record : tableOf(table).values()) {
                    loader.put(table, record[0], record[1]);
                }
            }
            LockCore restored = loader.finish();
            assertThat(StateImages.digest(restored)).isEqualTo(StateImages.digest(leader));
            if (random.nextBoolean()) {
                leader = restored;
            } else {
                follower = restored;
            }
        }

        private Map<String, byte[][]> tableOf(Table table) {
            return disk.computeIfAbsent(table, t -> new TreeMap<>());
        }
    }
}
