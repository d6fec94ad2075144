package dev.quoin.iscsi.login;

import dev.quoin.iscsi.wire.TextKeys;
import java.util.List;

/** The security negotiation of one login (RFC 7143 6.3.2, section 9). An instance belongs to one login. */
public interface SecurityStage {

    /** Where the stage stands after a request. */
    sealed interface Step {}

    /** Send these; more has to be exchanged. */
    record More(List<TextKeys.Pair> answers) implements Step {
        public More {
            answers = List.copyOf(answers);
        }
    }

    /** Send these; the initiator is who it says. */
    record Proven(List<TextKeys.Pair> answers) implements Step {
        public Proven {
            answers = List.copyOf(answers);
        }
    }

    /**
     * It is not, or it cannot prove it by a method that the target accepts.
     *
     * @param why for the log of the target, without secrets; the initiator is not told
     */
    record Failed(String why) implements Step {}

    /** Whether a login may leave the stage out. */
    boolean optional();

    /** Whether this key belongs to the stage. */
    boolean knows(String key);

    /**
     * Takes the keys of the stage that one request brought; maybe none.
     *
     * @param initiatorName what the initiator calls itself
     */
    Step step(String initiatorName, List<TextKeys.Pair> keys);
}
