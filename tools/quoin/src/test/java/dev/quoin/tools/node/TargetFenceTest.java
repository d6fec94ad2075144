package dev.quoin.tools.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.fence.FenceOutcome;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.TargetConfig;
import org.junit.jupiter.api.Test;

/** Proves that the fence agent cuts the session off that it is told of, that session alone, and says so only when it did. */
class TargetFenceTest {

    private static final SessionId DEAD = new SessionId(7);
    private static final SessionId NEXT = new SessionId(8);

    private final TargetFence fence = new TargetFence();

    @Test
    void fence_refusesTheSessionsLogins_andNoOthers() throws Exception {
        TargetConfig config = TargetConfig.open("iqn.2026-11.dev.quoin:x", new HostPort("127.0.0.1", 0), 1);
        try (Portal portal = Portal.start(config, ReservationStore.inMemory())) {
            portal.listen();
            fence.use(portal);
            assertLogin(portal, "Node_A", DEAD, "unit");
            assertThat(fence.fence(TargetFence.mount("Node_A", "shared0"), DEAD))
                    .isEqualTo(new FenceOutcome.Fenced());
            assertLogin(portal, "Node_A", DEAD, "status 0202");
            assertLogin(portal, "Node_A", NEXT, "unit");
            assertLogin(portal, "node-b", DEAD, "unit");
        }
    }

    @Test
    void fence_thatCannotBe_saysSo() throws Exception {
        assertThat(fence.fence("node-a/shared0", DEAD)).isInstanceOf(FenceOutcome.NotFenced.class);
        TargetConfig config = TargetConfig.open("iqn.2026-11.dev.quoin:x", new HostPort("127.0.0.1", 0), 1);
        try (Portal portal = Portal.start(config, ReservationStore.inMemory())) {
            fence.use(portal);
            assertThat(fence.fence("an application", DEAD)).isInstanceOf(FenceOutcome.NotFenced.class);
        }
    }

    /** The target has no units, so that a login that succeeds ends at the unit. */
    private static void assertLogin(Portal portal, String node, SessionId session, String ends) {
        assertThatThrownBy(() ->
                        portal.open(0, TargetFence.initiator(node, session)).close())
                .hasMessageContaining(ends);
    }
}
