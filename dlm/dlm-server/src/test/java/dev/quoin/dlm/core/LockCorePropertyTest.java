package dev.quoin.dlm.core;

import dev.quoin.property.Property;
import org.junit.jupiter.api.Test;

/**
 * Proves that random commands have the outcomes that a second, plain writing of the rules has, that all replicas have one
 * digest after each command, that a snapshot brings back the same state at any point, and that no grants clash, tokens rise, no waiter is
 * lost and no deadlock stays.
 *
 * <p>{@code -Ddlm.core.commands=N} sets how many commands are tried in all.
 */
class LockCorePropertyTest {

    private static final int COMMANDS = Integer.getInteger("dlm.core.commands", 1_000_000);

    @Test
    void randomCommands_onReplicas_agreeWithModel() {
        Property.forAllAtOnce(Math.max(1, COMMANDS / CoreRun.COMMANDS), random -> new CoreRun(random).run());
    }
}
