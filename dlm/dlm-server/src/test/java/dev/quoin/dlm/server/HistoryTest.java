package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.history.History;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves on real processes that what callers see of locks and values may have been so: three peers that are killed, stopped and cut off from
 * each other, and three processes of callers that are stopped past their leases. Cuts need root and are left out without.
 */
class HistoryTest {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryTest.class);

    private static final long SECONDS = Long.getLong("dlm.history.seconds", 40);
    private static final int ENOUGH = 100;
    private static final Duration PEACE_MAX = Duration.ofMinutes(2);
    private static final long SEED = Long.getLong("dlm.history.seed", System.nanoTime());
    private static final int PEERS = 3;
    private static final int CLIENTS = 3;
    private static final int THREADS = 3;
    private static final long JUDGE_NANOS = TimeUnit.SECONDS.toNanos(20);

    @TempDir
    Path dir;

    private final List<PeerProcess> peers = new ArrayList<>();
    private final List<Process> clients = new ArrayList<>();
    private List<DlmPeerConfig.Peer> members = List.of();
    private @Nullable Namespaces namespaces;

    private enum Trouble {
        KILL_LEADER,
        KILL_OTHER,
        STOP_LEADER,
        STOP_OTHER,
        STOP_CLIENT,
        CUT_LEADER,
        CUT_OTHER,
        CUT_ONE_WAY,
        KILL_ALL
    }

    @AfterEach
    void stopAll() throws IOException {
        clients.forEach(Process::destroyForcibly);
        peers.forEach(PeerProcess::close);
        if (namespaces != null) {
            namespaces.close();
        }
    }

    @Test
    void callers_underKillsStopsAndCuts_seeWhatMayHaveBeen() throws Exception {
        try {
            namespaces = Namespaces.create(PEERS);
        } catch (IOException notRoot) {
            LOG.warn("without cuts of the network: {}", notRoot.getMessage());
        }
        List<DlmPeerConfig.Peer> all = new ArrayList<>();
        List<Integer> ports = Cluster.freePorts(2 * PEERS);
        for (int i = 0; i < PEERS; i++) {
            String host = (namespaces == null ? "127.0.0.1" : namespaces.address(i)) + ":";
            all.add(new DlmPeerConfig.Peer("p" + i, host + ports.get(2 * i), host + ports.get(2 * i + 1)));
        }
        members = List.copyOf(all);
        for (int i = 0; i < PEERS; i++) {
            peers.add(start(i));
        }
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            files.add(dir.resolve("history" + i));
            clients.add(startClient(i, files.get(i)));
        }
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        List<Trouble> done = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        pause(3_000);
        while (System.nanoTime() < end) {
            Trouble trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
            make(trouble, random);
            done.add(trouble);
            pause(1_500 + random.nextInt(1_500));
        }
        // A last stretch of peace, so that there is something to see after the last trouble, and enough in all.
        pause(3_000);
        await().atMost(PEACE_MAX)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> seen(files, "acquired") > ENOUGH && seen(files, "written") > ENOUGH);
        for (Process client : clients) {
            client.getOutputStream().close();
        }
        for (Process client : clients) {
            assertThat(client.waitFor(60, TimeUnit.SECONDS))
                    .as("the callers end")
                    .isTrue();
        }
        History.Judgement judgement = History.judge(files, JUDGE_NANOS);
        LOG.info("seed={} troubles={} counts={} undecided={}", SEED, done, judgement.counts(), judgement.undecided());
        assertThat(judgement.faults()).as("seed %d, troubles %s", SEED, done).isEmpty();
        assertThat(judgement.undecided()).as("seed %d", SEED).hasSizeLessThan(3);
    }

    /** How many operations of a kind the callers have written down so far. */
    private static long seen(List<Path> files, String kind) throws IOException {
        long count = 0;
        for (Path file : files) {
            if (Files.exists(file)) {
                count += Files.readString(file)
                        .lines()
                        .filter(line -> line.contains(" " + kind + " "))
                        .count();
            }
        }
        return count;
    }

    private PeerProcess start(int index) throws IOException {
        DlmPeerConfig.Peer member = members.get(index);
        List<String> by = namespaces == null ? List.of() : namespaces.command(index);
        return new PeerProcess(by, dir.resolve(member.id()), member.id(), members);
    }

    private Process startClient(int index, Path file) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                History.CLIENT,
                file.toString(),
                Long.toString(SEED),
                Integer.toString(index + 1),
                Integer.toString(THREADS)));
        members.forEach(member -> command.add(member.clientAddress()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("client" + index + ".log").toFile())
                .start();
    }

    private static void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /** Which peer leads, by what the peers say; some peer if none says. */
    private int leader() {
        for (DlmPeerConfig.Peer member : members) {
            try {
                String leader = DlmAdminClient.of(
                                List.of(member.clientAddress()), Duration.ofSeconds(1), Security.off())
                        .status(member.clientAddress())
                        .leader();
                for (int i = 0; i < PEERS; i++) {
                    if (members.get(i).id().equals(leader)) {
                        return i;
                    }
                }
            } catch (AdminException silent) {
                // Another may answer.
            }
        }
        return 0;
    }

    private void make(Trouble trouble, RandomGenerator random) throws IOException {
        int leader = leader();
        int other = (leader + 1 + random.nextInt(PEERS - 1)) % PEERS;
        int millis = 500 + random.nextInt(4_500);
        LOG.info("trouble={} leader={} other={} millis={}", trouble, leader, other, millis);
        switch (trouble) {
            case KILL_LEADER -> kill(leader, millis);
            case KILL_OTHER -> kill(other, millis);
            case STOP_LEADER -> stop(leader, millis);
            case STOP_OTHER -> stop(other, millis);
            case STOP_CLIENT -> {
                Process client = clients.get(random.nextInt(CLIENTS));
                Signals.send("STOP", client);
                pause(millis);
                Signals.send("CONT", client);
            }
            case CUT_LEADER -> cut(leader, millis);
            case CUT_OTHER -> cut(other, millis);
            case CUT_ONE_WAY -> {
                if (namespaces != null) {
                    namespaces.cutOneWay(leader, other);
                    pause(millis);
                    namespaces.heal();
                }
            }
            case KILL_ALL -> {
                peers.forEach(PeerProcess::kill);
                for (int i = 0; i < PEERS; i++) {
                    peers.set(i, start(i));
                }
            }
        }
    }

    private void kill(int index, int millis) throws IOException {
        peers.get(index).kill();
        pause(millis);
        peers.set(index, start(index));
    }

    private void stop(int index, int millis) throws IOException {
        peers.get(index).signal("STOP");
        pause(millis);
        peers.get(index).signal("CONT");
    }

    private void cut(int index, int millis) throws IOException {
        if (namespaces != null) {
            namespaces.cut(index);
            pause(millis);
            namespaces.heal();
        }
    }
}
