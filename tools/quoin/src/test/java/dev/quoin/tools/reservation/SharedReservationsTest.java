package dev.quoin.tools.reservation;

import static dev.quoin.tools.reservation.ServingNode.BLOCK;
import static dev.quoin.tools.reservation.ServingNode.CARELESS_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.fence.FenceAgent;
import dev.quoin.dlm.fence.FenceOutcome;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.server.DlmPeer;
import dev.quoin.dlm.server.DlmPeerConfig;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.reservation.PrType;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.unit.ReservationStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that nodes which serve a unit have its reservations in common by the lock manager: what one answers holds at all, and a node that is
 * dead or paused is fenced before it is answered.
 */
@Timeout(120)
class SharedReservationsTest {

    private static final PrType TYPE = PrType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LONG_LEASE = Duration.ofSeconds(30);
    private static final Duration SHORT_LEASE = Duration.ofSeconds(3);

    @TempDir
    Path directory;

    private final MemoryDevice memory = new MemoryDevice("memory", BLOCK, 1 << 20);
    private final Gate gate = new Gate();
    private IscsiTarget store;
    private DlmPeer peer;
    private String server;

    /** Cuts nodes off at the store, when it is let. */
    private final class Gate implements FenceAgent {
        final List<String> asked = new CopyOnWriteArrayList<>();
        volatile boolean open;
        volatile boolean honest = true;

        @Override
        public String name() {
            return "gate";
        }

        @Override
        public FenceOutcome fence(String node, SessionId session) {
            asked.add(node);
            if (!open) {
                return new FenceOutcome.NotFenced("it is not let");
            }
            if (honest) {
                store.fence(ServingNode.initiator(node));
            }
            return new FenceOutcome.Fenced();
        }
    }

    @BeforeEach
    void start() throws IOException {
        store = IscsiTarget.start(IscsiTargetConfig.of(
                ServingNode.STORE,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(new LogicalUnit(0, memory, UnitIdentity.of("memory")))));
        server = "127.0.0.1:" + freePort();
        peer = DlmPeer.start(DlmPeerConfig.of(
                        "test",
                        "a",
                        List.of(new DlmPeerConfig.Peer("a", "127.0.0.1:" + freePort(), server)),
                        directory,
                        Security.off())
                .fenceAgents(gate));
    }

    @AfterEach
    void stop() {
        peer.close();
        store.close();
        memory.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private ServingNode node(String name) throws IOException {
        return new ServingNode(name, server, LONG_LEASE, store.port());
    }

    private static <R> R get(CompletableFuture<R> asked) throws Exception {
        try {
            return asked.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }

    private static void write(IscsiDevice device, int block, int value) throws DeviceException {
        BlockIo.write(device, (long) block * BLOCK, ByteBuffer.allocate(BLOCK).putInt(0, value), WriteMode.CACHED);
    }

    private int stored(int block) {
        ByteBuffer read = ByteBuffer.allocate(BLOCK);
        memory.read((long) block * BLOCK, read).join();
        return read.getInt(0);
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void assertConflict(Action action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        conflict -> assertThat(conflict.code()).isEqualTo(Code.FENCED));
    }

    @Test
    void change_holdsAtBothNodes_whoeverMakesIt() throws Exception {
        try (ServingNode here = node("here");
                ServingNode there = node("there");
                IscsiDevice a = here.open("a");
                IscsiDevice b = there.open("b");
                IscsiDevice stranger = there.open("stranger")) {
            get(a.reservations().register(0xA1, true));
            get(b.reservations().register(0xB2, true));
            get(a.reservations().reserve(TYPE));
            assertConflict(() -> get(b.reservations().reserve(TYPE)));
            assertThat(get(stranger.reservations().read()))
                    .isEqualTo(get(a.reservations().read()));
            write(b, 1, 1);
            assertConflict(() -> write(stranger, 1, 2));

            get(a.reservations().preempt(0xB2, TYPE, true));
            assertConflict(() -> write(b, 1, 3));
            get(b.reservations().register(0xB3, true));
            get(b.reservations().preempt(0xA1, TYPE, false));
            assertConflict(() -> write(a, 1, 4));
            assertThat(get(stranger.reservations().read()).keys()).containsExactly(0xB3L);
            get(b.reservations().clear());
            write(stranger, 1, 5);
            write(a, 1, 6);
            assertThat(stored(1)).isEqualTo(6);
        }
    }

    /** Both take from each other all the time; no order may be lost, and both see the same in the end. */
    @Test
    void changesOfBothNodesAtOnce_areAllMade() throws Exception {
        try (ServingNode here = node("here");
                ServingNode there = node("there");
                IscsiDevice a = here.open("a");
                IscsiDevice b = there.open("b")) {
            int rounds = 20;
            for (int round = 1; round <= rounds; round++) {
                CompletableFuture<Void> one = a.reservations().register(2L * round, false);
                CompletableFuture<Void> other = b.reservations().register(2L * round + 1, false);
                get(one);
                get(other);
            }
            assertThat(get(a.reservations().read()))
                    .isEqualTo(get(b.reservations().read()));
            assertThat(get(a.reservations().read()).generation()).isEqualTo(2 * rounds);
            assertThat(get(a.reservations().read()).keys()).containsExactlyInAnyOrder(2L * rounds, 2L * rounds + 1);
        }
    }

    @Test
    void powerLoss_isWhenTheLastNodeIsOff() throws Exception {
        for (boolean survives : new boolean[] {false, true}) {
            ServingNode first = node("first");
            try (ServingNode second = node("second")) {
                try (IscsiDevice a = first.open("a")) {
                    get(a.reservations().register(0xA1, survives));
                }
                first.close();
                try (IscsiDevice b = second.open("b")) {
                    assertThat(get(b.reservations().read()).keys()).containsExactly(0xA1L);
                }
            }
            try (ServingNode again = node("again");
                    IscsiDevice b = again.open("b")) {
                assertThat(get(b.reservations().read()).keys().isEmpty()).isEqualTo(!survives);
            }
        }
    }

    private Process startThere(List<IscsiDevice> opened) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServingNode.class.getName(),
                        "there",
                        server,
                        Long.toString(SHORT_LEASE.toMillis()),
                        Integer.toString(store.port()))
                .redirectError(directory.resolve("there.err").toFile())
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("port ")) {
            line = out.readLine();
        }
        assertThat(line).as("the other node runs").isNotNull();
        opened.add(ServingNode.open(Integer.parseInt(line.substring(5)), ServingNode.initiator("there"), "b"));
        return process;
    }

    private static void signal(String name, Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
        if (name.equals("STOP")) {
            // A thread that runs on another processor goes on for a moment.
            await().atMost(LIMIT).until(() -> isStopped(process));
        }
    }

    private static boolean isStopped(Process process) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (!stat.startsWith(" T ", stat.lastIndexOf(')') + 1)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Stops the other node's life in some way, preempts the initiator there, and gives what the answer waited for. */
    private void preemptWhatIsBehind(ServingNode here, Process there, IscsiDevice b, String stop) throws Exception {
        try (IscsiDevice a = here.open("a")) {
            get(a.reservations().register(0xA1, true));
            get(b.reservations().register(0xB2, true));
            get(a.reservations().reserve(TYPE));
            write(b, 1, 1);
            await().atMost(LIMIT).until(() -> stored(CARELESS_BLOCK) > 0);
            signal(stop, there);
            CompletableFuture<Void> late =
                    b.write(BLOCK, ByteBuffer.allocate(BLOCK).putInt(0, 99), WriteMode.CACHED);
            CompletableFuture<Void> preempt = a.reservations().preempt(0xB2, TYPE, true);
            // The lease is over, and the fence is not yet let.
            await().atMost(LIMIT).until(() -> gate.asked.contains("there"));
            assertThat(preempt).as("answered before the node is fenced").isNotDone();
            gate.open = true;
            get(preempt);
            write(a, 1, 2);
            assertThat(late).isNotDone();
        }
    }

    @Test
    void nodeThatDies_isFencedBeforeItsInitiatorsArePreempted() throws Exception {
        List<IscsiDevice> opened = new ArrayList<>();
        try (ServingNode here = node("here")) {
            Process there = startThere(opened);
            preemptWhatIsBehind(here, there, opened.getFirst(), "KILL");
            try (IscsiDevice a = here.open("a2")) {
                assertThat(get(a.reservations().read()).keys()).containsExactly(0xA1L);
                assertConflict(() -> write(a, 1, 3));
            }
            assertThat(stored(1)).isEqualTo(2);
        }
    }

    @Test
    void nodeThatIsPaused_changesNothingAfterwards() throws Exception {
        List<IscsiDevice> opened = new ArrayList<>();
        try (ServingNode here = node("here")) {
            Process there = startThere(opened);
            try {
                preemptWhatIsBehind(here, there, opened.getFirst(), "STOP");
                int careless = stored(CARELESS_BLOCK);
                signal("CONT", there);
                // It is back when it takes a login again; then it has had its try.
                opened.add(ServingNode.open(portOf(opened), ServingNode.initiator("there"), "c"));
                await().during(Duration.ofSeconds(1))
                        .atMost(LIMIT)
                        .until(() -> stored(CARELESS_BLOCK) == careless && stored(1) == 2);
            } finally {
                there.destroyForcibly();
            }
        }
    }

    /** The harness finds what a fence that lies lets through. */
    @Test
    void fenceThatLies_isFoundOut() throws Exception {
        gate.honest = false;
        List<IscsiDevice> opened = new ArrayList<>();
        try (ServingNode here = node("here")) {
            Process there = startThere(opened);
            try {
                preemptWhatIsBehind(here, there, opened.getFirst(), "STOP");
                int careless = stored(CARELESS_BLOCK);
                signal("CONT", there);
                await().atMost(LIMIT).until(() -> stored(CARELESS_BLOCK) > careless);
            } finally {
                there.destroyForcibly();
            }
        }
    }

    private static int portOf(List<IscsiDevice> opened) {
        String url = opened.getFirst().name();
        String address = url.substring("iscsi://".length(), url.indexOf('/', "iscsi://".length()));
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    /** A member that does not let go of what it does holds changes up, and no more of them than the limit. */
    @Test
    void changesThatWait_areLimited() throws Exception {
        CompletableFuture<Void> busy = new CompletableFuture<>();
        try (LockClient one = session("one");
                LockClient other = session("other")) {
            ReservationStore.Membership first = new SharedReservations(one).join("unit", member(null));
            get(first.joined());
            List<CompletableFuture<Void>> enforced =
                    new ArrayList<>(List.of(CompletableFuture.completedFuture(null), busy));
            ReservationStore.Membership second = new SharedReservations(other).join("unit", member(enforced));
            get(second.joined());
            List<CompletableFuture<Void>> changes = new ArrayList<>();
            changes.add(first.change(() -> new byte[1]));
            for (int i = 1; i < SharedMembership.CHANGES_MAX; i++) {
                changes.add(first.change(() -> null));
            }
            assertThatThrownBy(() -> get(first.change(() -> new byte[1])))
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            full -> assertThat(full.code()).isEqualTo(Code.BUSY));
            assertThat(changes).noneMatch(CompletableFuture::isDone);
            assertThat(second.isCurrent()).isTrue();
            busy.complete(null);
            for (CompletableFuture<Void> change : changes) {
                get(change);
            }
            assertThat(first.isSettled()).isTrue();
            await().atMost(LIMIT).until(second::isSettled);
            second.leave();
            assertThat(second.isCurrent()).isFalse();
            get(first.change(() -> new byte[1]));
        }
    }

    private LockClient session(String name) throws IOException {
        return DlmClient.connect(DlmClientConfig.of(name, List.of(server), Security.off())
                .timeouts(LIMIT, LIMIT)
                .lease(LONG_LEASE));
    }

    /** Answers in turn as it is given, then at once. */
    private static ReservationStore.Member member(@Nullable List<CompletableFuture<Void>> answers) {
        return new ReservationStore.Member() {
            @Override
            public CompletableFuture<Void> enforce(byte @Nullable [] image) {
                return answers == null || answers.isEmpty()
                        ? CompletableFuture.completedFuture(null)
                        : answers.removeFirst();
            }

            @Override
            public byte @Nullable [] afterPowerLoss() {
                return null;
            }
        };
    }
}
