package dev.quoin.iscsi.login;

import dev.quoin.iscsi.wire.TextKeys;
import java.util.List;

/** The security negotiation of one login (RFC 7143 6.3.2, section 9). An instance belongs to one login. */
public interface SecurityStage {

    /** What to send and where the stage stands. */
    record Step(List<TextKeys.Pair> answers, Verdict verdict) {
        public Step {
            answers = List.copyOf(answers);
        }
    }

    /** Where the stage stands. */
    enum Verdict {
        /** More has to be exchanged. */
        MORE,
        /** The initiator is who it says. */
        PROVEN,
        /** It is not, or it cannot prove it by a method that the target accepts. */
        FAILED
    }

    /** Whether a login may leave the stage out. */
    boolean optional();

    /** Whether this key belongs to the stage. */
    boolean knows(String key);

    /** Takes the keys of the stage that one request brought; maybe none. */
    Step step(List<TextKeys.Pair> keys);
}
