package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Drives a core command by command and keeps what it said last. */
final class Recorder implements EffectSink {

    final LockCore core;
    final List<Effect> effects = new ArrayList<>();
    private final Map<Long, Long> sequences = new HashMap<>();
    private long nonce;

    Recorder(LockCore core) {
        this.core = core;
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
        effects.clear();
        core.apply(command, 1, this);
    }

    long open(String node, boolean supersede) {
        apply(new Command.OpenSession(new UUID(0, ++nonce), node, supersede, 1_000));
        assertThat(effects.getLast()).isInstanceOf(Effect.Opened.class);
        return ((Effect.Opened) effects.getLast()).session();
    }

    /** Does the session's next operation and returns its result, or an effect's absence as failure. */
    Result perform(long session, Operation operation) {
        long sequence = start(session, operation);
        return effects.stream()
                .filter(e -> e instanceof Effect.Answer answer
                        && answer.session() == session
                        && answer.sequence() == sequence)
                .map(e -> ((Effect.Answer) e).result())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no answer to " + operation + " in " + effects));
    }

    /** Does the session's next operation and returns its sequence number. */
    long start(long session, Operation operation) {
        long sequence = sequences.merge(session, 1L, Long::sum);
        apply(new Command.Perform(session, sequence, operation));
        return sequence;
    }
}
