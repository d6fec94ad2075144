package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise that locks are for: a holder that is stopped (SIGSTOP) past its lease, and goes on after the lock was granted to
 * another, gets no write into a store that checks tokens, nor into the registry.
 */
class PausedHolderTest {

    /** Holders that are stopped, ten at a time. */
    private static final int ROUNDS = Integer.getInteger("dlm.pause.rounds", 200);

    private static final int HOLDERS = 10;
    private static final Duration LEASE = Duration.ofMillis(700);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    /** What the holders print: shown when something fails. */
    private Path printed() {
        return dir.resolve("holders.txt");
    }

    private Process startHolders(TokenStore store, Cluster cluster) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                HolderProcess.class.getName(),
                Integer.toString(store.port()),
                Long.toString(LEASE.toMillis()),
                Integer.toString(HOLDERS)));
        command.addAll(cluster.servers());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed().toFile())
                .start();
    }

    /** Stops the holders, takes their locks away, writes, and lets them go on. */
    private static void round(Process holders, TokenStore store, TokenStore.Writer rivalStore, LockClient rival)
            throws Exception {
        Lockspace space = rival.lockspace("promise", SessionEndPolicy.RELEASE);
        long[] before = new long[HOLDERS];
        await().atMost(LIMIT).until(() -> {
            for (int i = 0; i < HOLDERS; i++) {
                before[i] = store.highest("r" + i);
            }
            return java.util.Arrays.stream(before).allMatch(token -> token > 0);
        });
        Signals.send("STOP", holders);
        List<Held> taken = new ArrayList<>();
        for (int i = 0; i < HOLDERS; i++) {
            Held held = space.acquire(ResourceName.of("r" + i), LockRequest.of(LockMode.EX))
                    .orThrow();
            taken.add(held);
            assertThat(held.token().value()).isGreaterThan(store.highest("r" + i));
            assertThat(rivalStore.write("r" + i, held.token().value())).isTrue();
        }
        long accepted = store.accepted.get();
        long refused = store.refused.get();
        Signals.send("CONT", holders);
        // They try with their old tokens and are refused, while the locks are another's; not one that was just between
        // two locks.
        await().atMost(LIMIT).until(() -> store.refused.get() >= refused + HOLDERS / 2);
        assertThat(store.accepted.get())
                .as("writes while the rival holds the locks")
                .isEqualTo(accepted);
        for (int i = 0; i < HOLDERS; i++) {
            Held held = taken.get(i);
            assertThat(store.highest("r" + i)).isEqualTo(held.token().value());
            assertThat(rival.registry()
                            .commit(new Transaction(
                                    List.of(new Transaction.Guard.TokenHeld(
                                            "promise", held.resource(), new FencingToken(before[i]))),
                                    List.of(new Transaction.Operation.Put("r" + i, new byte[1])))))
                    .isInstanceOf(TransactionOutcome.Conflict.class);
            held.releaseAsync(null).get();
        }
        // Each comes back with a newer token.
        await().atMost(LIMIT).until(() -> {
            for (int i = 0; i < HOLDERS; i++) {
                if (store.highest("r" + i) <= taken.get(i).token().value()) {
                    return false;
                }
            }
            return true;
        });
    }

    @Test
    void holders_stoppedPastTheirLeaseAndResumed_writeNothingUnderTheirOldTokens() throws Exception {
        try (Cluster cluster = new Cluster(dir, 3).startAll();
                TokenStore store = new TokenStore(true);
                TokenStore.Writer rivalStore = new TokenStore.Writer(store.port());
                LockClient rival = cluster.connect("rival")) {
            Process holders = startHolders(store, cluster);
            try {
                for (int paused = 0; paused < ROUNDS; paused += HOLDERS) {
                    round(holders, store, rivalStore, rival);
                }
            } catch (ConditionTimeoutException | AssertionError found) {
                throw new AssertionError("the holders printed:\n" + Files.readString(printed()), found);
            } finally {
                holders.destroyForcibly();
            }
            assertThat(store.highest(HolderProcess.VIOLATION)).isZero();
        }
    }

    @Test
    void store_withoutTheCheck_takesStaleWrites_soTheHarnessBites() throws Exception {
        try (TokenStore store = new TokenStore(false);
                TokenStore.Writer writer = new TokenStore.Writer(store.port())) {
            assertThat(writer.write("r", 7)).isTrue();
            assertThat(writer.write("r", 6)).isTrue();
            assertThat(store.stale.get()).isOne();
        }
    }
}
