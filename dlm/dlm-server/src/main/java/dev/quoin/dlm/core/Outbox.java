package dev.quoin.dlm.core;

/** Where the tables put what they have to say while one command is applied. */
final class Outbox {

    private final ChangeTracker changes;
    private EffectSink sink = EffectSink.NONE;

    Outbox(ChangeTracker changes) {
        this.changes = changes;
    }

    void open(EffectSink newSink) {
        sink = newSink;
    }

    boolean wantsReads() {
        return sink.wantsReads();
    }

    void tell(Effect effect) {
        sink.accept(effect);
    }

    /** Keeps the result until the client has acknowledged it, and sends it. */
    void answer(SessionState session, long sequence, Result result) {
        changes.session(session);
        session.results.put(sequence, result);
        sink.accept(new Effect.Answer(session.id, sequence, result));
    }
}
