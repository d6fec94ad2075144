package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.fence.FenceAgent;
import dev.quoin.dlm.fence.FenceOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a dead session held is given away only after a fence agent has succeeded, whoever leads meanwhile. */
class FencingTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final ResourceName DISK = ResourceName.of("disk");

    @TempDir
    Path dir;

    /** An agent that fails until it is told to work, and remembers whom it was asked to fence. */
    private static final class Switch implements FenceAgent {
        final AtomicBoolean works = new AtomicBoolean();
        final List<SessionId> asked = new CopyOnWriteArrayList<>();

        @Override
        public String name() {
            return "switch";
        }

        @Override
        public FenceOutcome fence(String node, SessionId session) {
            asked.add(session);
            return works.get() ? new FenceOutcome.Fenced() : new FenceOutcome.NotFenced("the switch is off");
        }
    }

    private static Held hold(LockClient client, SessionEndPolicy policy) throws Exception {
        return client.lockspace(policy.name(), policy)
                .acquire(DISK, LockRequest.of(LockMode.EX))
                .orThrow();
    }

    @Test
    void deadSession_isFencedByTheFirstAgentThatCan_andOnlyThenItsLocksAreFree() throws Exception {
        Switch agent = new Switch();
        try (Cluster cluster = new Cluster(dir, 3, config -> config.fenceAgents(agent)).startAll()) {
            LockClient dead = cluster.connect("dead");
            hold(dead, SessionEndPolicy.HOLD_UNTIL_FENCED);
            hold(dead, SessionEndPolicy.HOLD_UNTIL_RECOVERED);
            hold(dead, SessionEndPolicy.RELEASE);
            SessionId id = dead.session();
            // A newer session of the name ends it as an expired lease does.
            try (LockClient next = cluster.connect("dead")) {
                await().atMost(LIMIT).until(() -> agent.asked.contains(id));
                assertThat(hold(next, SessionEndPolicy.RELEASE).mode()).isEqualTo(LockMode.EX);
                Lockspace fenced = next.lockspace("HOLD_UNTIL_FENCED", SessionEndPolicy.HOLD_UNTIL_FENCED);
                assertThat(fenced.acquire(DISK, LockRequest.of(LockMode.PR).noQueue()))
                        .isInstanceOf(LockOutcome.Denied.class);

                // The duty goes over to whoever leads.
                int before = agent.asked.size();
                cluster.stop(cluster.awaitLeader().id());
                await().atMost(LIMIT).until(() -> agent.asked.size() > before);
                assertThat(fenced.acquire(DISK, LockRequest.of(LockMode.PR).noQueue()))
                        .isInstanceOf(LockOutcome.Denied.class);

                agent.works.set(true);
                assertThat(fenced.acquire(DISK, LockRequest.of(LockMode.EX).timeout(LIMIT)))
                        .isInstanceOf(LockOutcome.Granted.class);
                assertThat(next.sessions())
                        .filteredOn(session -> session.id().equals(id))
                        .extracting(SessionInfo::state)
                        .containsExactly(SessionInfo.State.FENCED_NOT_RECOVERED);
                Lockspace recovered = next.lockspace("HOLD_UNTIL_RECOVERED", SessionEndPolicy.HOLD_UNTIL_RECOVERED);
                assertThat(recovered.acquire(DISK, LockRequest.of(LockMode.PR).noQueue()))
                        .isInstanceOf(LockOutcome.Denied.class);
                // Keeps the resource, and its value block with it.
                Held watcher = recovered
                        .acquire(DISK, LockRequest.of(LockMode.NL).queue(LockRequest.Queue.EXPEDITE))
                        .orThrow();
                next.declareRecovered(id, "HOLD_UNTIL_RECOVERED");
                assertThat(watcher.convert(LockRequest.of(LockMode.PR))
                                .orThrow()
                                .value()
                                .isValid())
                        .as("nobody wrote it at the end")
                        .isFalse();
                assertThat(next.sessions()).noneMatch(session -> session.id().equals(id));
            }
            dead.close();
        }
    }
}
