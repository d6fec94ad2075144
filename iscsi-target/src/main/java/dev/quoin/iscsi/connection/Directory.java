package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.TextKeys;
import java.util.List;
import java.util.Optional;

/** Answers SendTargets for one session (RFC 7143 appendix C). Implementations answer at once. */
@FunctionalInterface
public interface Directory {

    /**
     * TargetName, and TargetAddress for each way to it, of the targets that are asked for and that the initiator may use.
     *
     * @param value {@code All}, a target's name, or nothing for the target of the session
     * @return empty if the session may not ask for this
     */
    Optional<List<TextKeys.Pair>> sendTargets(String value);
}
