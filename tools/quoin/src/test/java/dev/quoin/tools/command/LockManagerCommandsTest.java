package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Proves that an operator sees who holds and who waits, and that what an operator does to the lock manager is done. */
class LockManagerCommandsTest extends CommandTest {

    private LockClient connect(String node) throws Exception {
        List<String> servers = new ArrayList<>();
        json("dlm", "members")
                .path("items")
                .forEach(member ->
                        servers.add(member.path("clientAddresses").path(0).asText()));
        return DlmClient.connect(DlmClientConfig.of(node, servers, Security.off()));
    }

    @Test
    void locks_heldAndWaitedFor_areShownAndBroken() throws Exception {
        try (LockClient holder = connect("holder");
                LockClient waiter = connect("waiter")) {
            Lockspace space = holder.lockspace("apps", SessionEndPolicy.RELEASE);
            Held held = space.acquire(ResourceName.of("orders"), LockRequest.of(LockMode.EX))
                    .orThrow();
            space.acquire(ResourceName.of("row 7"), LockRequest.of(LockMode.PR).under(held))
                    .orThrow();
            space.ranges(ResourceName.of("orders"))
                    .lock(new LockOwner(5), new ByteRange(10, 19), RangeLocks.Kind.WRITE, Duration.ZERO);
            var pending = waiter.lockspace("apps", SessionEndPolicy.RELEASE)
                    .acquireAsync(ResourceName.of("orders"), LockRequest.of(LockMode.PR));
            await().until(() ->
                    json("lock", "waiters", "--space", "apps").path("items").size() == 1);

            JsonNode wait =
                    json("lock", "waiters", "--space", "apps").path("items").path(0);
            assertThat(wait.path("waiter").asText()).isEqualTo("waiter");
            assertThat(wait.path("blocker").asText()).isEqualTo("holder");
            assertThat(wait.path("held").asText()).isEqualTo("EX");

            JsonNode shown = json("lock", "show", "--space", "apps", "orders");
            assertThat(shown.path("items").findValuesAsText("resource"))
                    .containsExactly("orders", "orders", "orders/row 7");
            assertThat(shown.path("ranges").path(0).path("start").asLong()).isEqualTo(10);
            assertThat(run("lock", "show", "--space", "apps", "nothing")).isEqualTo(3);
            assertThat(run("lock", "list", "--space", "nowhere")).isEqualTo(3);

            AtomicBoolean lost = new AtomicBoolean();
            held.onLost(() -> lost.set(true));
            String id = Long.toString(held.id());
            assertThat(run("lock", "break", id, "--token", "1", "--yes")).isEqualTo(3);
            assertThat(run(
                            "lock",
                            "break",
                            id,
                            "--token",
                            Long.toString(held.token().value())))
                    .as("nobody is there to confirm")
                    .isEqualTo(2);
            assertThat(run("lock", "break", id, "--token", "" + held.token().value(), "--dry-run"))
                    .isZero();
            assertThat(terminal().out()).contains("would take lock " + id + " on orders, held in EX, from holder");
            assertThat(run("lock", "break", id, "--token", "1", "--dry-run")).isEqualTo(3);
            assertThat(run("lock", "break", id, "--token", "" + held.token().value(), "--i-mean-it=0"))
                    .isEqualTo(2);
            assertThat(held.isValidFor(Duration.ZERO)).isTrue();
            assertThat(run("dlm", "remove", "c", "--dry-run")).isZero();
            assertThat(terminal().out()).contains("would remove peer c of [a, b, c]; nothing was done");
            assertThat(run("dlm", "remove", "x", "--dry-run")).isEqualTo(3);
            assertThat(run("session", "fenced", "4711", "--dry-run")).isEqualTo(3);
            assertThat(run("session", "fenced", "" + holder.session().value(), "--dry-run"))
                    .as("it is alive")
                    .isEqualTo(2);
            assertThat(run(
                            "lock",
                            "break",
                            id,
                            "--token",
                            Long.toString(held.token().value()),
                            "--i-mean-it=" + id))
                    .isZero();
            assertThat(pending.get().orThrow().mode()).isEqualTo(LockMode.PR);
            await().untilTrue(lost);
            assertThat(held.isValidFor(Duration.ZERO)).isFalse();
            assertThat(run("lock", "deadlocks")).isZero();
        }
    }

    @Test
    void session_killedWithLocksThatNeedAFence_waitsForAnOperatorsWord() throws Exception {
        LockClient dead = connect("dead");
        Lockspace space = dead.lockspace("fenced", SessionEndPolicy.HOLD_UNTIL_FENCED);
        space.acquire(ResourceName.of("disk"), LockRequest.of(LockMode.EX)).orThrow();
        String session = dead.session().toString();
        assertThat(json("session", "show", session).path("state").asText()).isEqualTo("alive");
        assertThat(run("session", "fenced", session, "--yes")).as("it is alive").isEqualTo(2);
        // A newer session of the node supersedes it, as that of a node that was started again does.
        try (LockClient next = connect("dead")) {
            await().until(() ->
                    json("session", "show", session).path("state").asText().equals("ended"));
            assertThat(json("session", "show", session)
                            .path("held")
                            .path(0)
                            .path("state")
                            .asText())
                    .isEqualTo("ended");
            assertThat(run("session", "fenced", session, "--yes")).isZero();
            assertThat(run("session", "show", session)).isEqualTo(3);
            next.lockspace("fenced", SessionEndPolicy.HOLD_UNTIL_FENCED)
                    .acquire(
                            ResourceName.of("disk"), LockRequest.of(LockMode.EX).noQueue())
                    .orThrow();
        }
        dead.close();
    }

    @Test
    void group_leaderMovedAndSnapshotTaken_isShown() throws Exception {
        JsonNode before = json("dlm", "status");
        assertThat(before.path("peers")).hasSize(3);
        String other = before.path("peers").findValuesAsText("id").stream()
                .filter(id -> !id.equals(before.path("leader").asText()))
                .findFirst()
                .orElseThrow();
        assertThat(run("dlm", "transfer", other)).as(terminal().err()).isZero();
        await().until(() -> json("dlm", "status").path("leader").asText().equals(other));
        assertThat(run("dlm", "snapshot", other)).isZero();
        assertThat(run("dlm", "snapshot", "nobody")).isEqualTo(3);
        assertThat(run("dlm", "remove", "nobody", "--yes")).isEqualTo(3);
        assertThat(run("dlm", "remove", other)).as("nobody is there to confirm").isEqualTo(2);
        assertThat(run("dlm", "add", "d", "--peer-address", "nowhere", "--client-address", "127.0.0.1:1"))
                .isEqualTo(2);
    }
}
