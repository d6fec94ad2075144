package dev.quoin.dlm.core;

/** Where effects go. */
public interface EffectSink {

    /** Ignores everything, as a replica does that no client is connected to. */
    EffectSink NONE = new EffectSink() {
        @Override
        public void accept(Effect effect) {
            // Nobody is there to be told.
        }

        @Override
        public boolean wantsReads() {
            return false;
        }
    };

    /** Takes one effect; called in order. */
    void accept(Effect effect);

    /** Whether read operations are to be carried out; they cost time and change nothing. */
    boolean wantsReads();
}
