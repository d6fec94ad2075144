package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.MultiLockOutcome;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.api.WantedLock;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that with two of three peers down every kind of request is refused within 5 s by default, that what was refused was not done, and that a
 * request that rightly waits for others is left to wait.
 */
class NoQuorumTest {

    private static final Duration PROMISE = Duration.ofSeconds(5);
    private static final LockOwner ME = new LockOwner(7);

    @TempDir
    Path dir;

    private enum How {
        SERVED,
        NO_QUORUM,
        INDETERMINATE
    }

    private record Ended(How how, Duration after) {}

    private static ResourceName name(String request, int round) {
        return ResourceName.of(request + " " + round);
    }

    private static Map<String, Callable<How>> requests(LockClient client, Lockspace space, Held held, int round) {
        Map<String, Callable<How>> all = new LinkedHashMap<>();
        all.put("acquire", () -> how(space.acquire(name("acquire", round), LockRequest.of(LockMode.EX))));
        all.put("convert", () -> how(held.convert(LockRequest.of(LockMode.EX))));
        all.put("range", () -> switch (space.ranges(name("range", round))
                .lock(ME, ByteRange.ALL, RangeLocks.Kind.WRITE, null)) {
            case RangeLocks.Outcome.NoQuorum no -> How.NO_QUORUM;
            case RangeLocks.Outcome.Indeterminate unknown -> How.INDETERMINATE;
            default -> How.SERVED;
        });
        all.put("many", () -> switch (space.acquireAll(
                List.of(new WantedLock(name("many", round), LockMode.EX)), null)) {
            case MultiLockOutcome.AllGranted granted -> How.SERVED;
            case MultiLockOutcome.NoneGranted(int index, LockOutcome why) -> how(why);
        });
        all.put("commit", () -> switch (client.registry()
                .commit(Transaction.builder().put("k" + round, new byte[1]).build())) {
            case TransactionOutcome.NoQuorum no -> How.NO_QUORUM;
            case TransactionOutcome.Indeterminate unknown -> How.INDETERMINATE;
            default -> How.SERVED;
        });
        all.put("get", () -> how(() -> client.registry().get("k")));
        all.put("range of keys", () -> how(() -> client.registry().range("")));
        all.put("sessions", () -> how(client::sessions));
        all.put("locks", () -> how(() -> space.locks(new byte[0])));
        all.put("ranges", () -> how(() -> space.ranges(name("range", round)).list()));
        return all;
    }

    private static How how(LockOutcome outcome) {
        return switch (outcome) {
            case LockOutcome.NoQuorum no -> How.NO_QUORUM;
            case LockOutcome.Indeterminate unknown -> How.INDETERMINATE;
            default -> How.SERVED;
        };
    }

    private static How how(Callable<?> read) throws Exception {
        try {
            read.call();
            return How.SERVED;
        } catch (DlmException failure) {
            assertThat(failure.code()).isEqualTo(DlmException.Code.NO_QUORUM);
            // Of a read it is all the same whether it was carried out.
            return How.NO_QUORUM;
        }
    }

    private static Map<String, Ended> allAtOnce(Map<String, Callable<How>> requests) {
        Map<String, CompletableFuture<Ended>> running = new LinkedHashMap<>();
        requests.forEach((what, request) -> {
            CompletableFuture<Ended> ended = new CompletableFuture<>();
            running.put(what, ended);
            long from = System.nanoTime();
            Thread.ofVirtual().start(() -> {
                try {
                    How how = request.call();
                    ended.complete(new Ended(how, Duration.ofNanos(System.nanoTime() - from)));
                } catch (Exception | AssertionError unexpected) {
                    ended.completeExceptionally(unexpected);
                }
            });
        });
        Map<String, Ended> all = new LinkedHashMap<>();
        running.forEach((what, ended) -> all.put(what, ended.join()));
        return all;
    }

    @Test
    void twoOfThreePeersDown_allRequestsAreRefusedInTime_andTheRefusedNotDone() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll()) {
            cluster.awaitLeader();
            try (LockClient client = DlmClient.connect(
                    DlmClientConfig.of("a", cluster.servers(), Security.off()).lease(Duration.ofMinutes(2)))) {
                Lockspace space = client.lockspace("s", SessionEndPolicy.RELEASE);
                Held held = space.acquire(ResourceName.of("held"), LockRequest.of(LockMode.PR))
                        .orThrow();
                String leader = cluster.awaitLeader().id();
                cluster.members.stream()
                        .map(DlmPeerConfig.Peer::id)
                        .filter(id -> !id.equals(leader))
                        .forEach(cluster::stop);

                // The leader does not know yet that it is alone, so what reaches it may be carried out later.
                Map<String, Ended> first = allAtOnce(requests(client, space, held, 1));
                assertThat(first.values()).allSatisfy(ended -> {
                    assertThat(ended.how).isNotEqualTo(How.SERVED);
                    assertThat(ended.after).isLessThan(PROMISE);
                });

                // By now the client has given that leader up: what is not sent is surely not carried out.
                Map<String, Callable<How>> later = requests(client, space, held, 2);
                later.remove("convert");
                Map<String, Ended> second = allAtOnce(later);
                assertThat(second.values()).allSatisfy(ended -> {
                    assertThat(ended.how).isEqualTo(How.NO_QUORUM);
                    assertThat(ended.after).isLessThan(PROMISE);
                });

                // A release is not forgotten, though nobody could be told of it.
                Held other = held;
                other.releaseAsync(null);
                cluster.startMissing();
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptions()
                        .untilAsserted(
                                () -> assertThat(space.locks(new byte[0])).isEmpty());
                assertThat(client.registry().get("k2")).isEmpty();
                assertThat(space.ranges(name("range", 2)).list()).isEmpty();
                assertThat(space.acquire(name("acquire", 3), LockRequest.of(LockMode.EX)))
                        .isInstanceOf(LockOutcome.Granted.class);
            }
        }
    }

    @Test
    void waitingRequest_whoseLeaderAnswers_isNotCutOff() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient a = cluster.connect("a");
                LockClient b = DlmClient.connect(
                        cluster.clientConfig("b").timeouts(Duration.ofSeconds(20), Duration.ofMillis(700)))) {
            ResourceName resource = ResourceName.of("r");
            Held held = a.lockspace("s", SessionEndPolicy.RELEASE)
                    .acquire(resource, LockRequest.of(LockMode.EX))
                    .orThrow();
            Lockspace space = b.lockspace("s", SessionEndPolicy.RELEASE);
            CompletableFuture<LockOutcome> lock = space.acquireAsync(resource, LockRequest.of(LockMode.EX));
            a.lockspace("s", SessionEndPolicy.RELEASE)
                    .ranges(resource)
                    .lock(ME, ByteRange.ALL, RangeLocks.Kind.WRITE, null);
            CompletableFuture<RangeLocks.Outcome> range =
                    space.ranges(resource).lockAsync(ME, ByteRange.ALL, RangeLocks.Kind.WRITE, null);
            long from = System.nanoTime();
            await().atMost(Duration.ofSeconds(10)).until(() -> System.nanoTime() - from > 3_000_000_000L);
            assertThat(lock).isNotDone();
            assertThat(range).isNotDone();
            a.lockspace("s", SessionEndPolicy.RELEASE).ranges(resource).unlockAsync(ME, ByteRange.ALL);
            held.close();
            assertThat(lock.join()).isInstanceOf(LockOutcome.Granted.class);
            assertThat(range.join()).isInstanceOf(RangeLocks.Outcome.Granted.class);
        }
    }
}
