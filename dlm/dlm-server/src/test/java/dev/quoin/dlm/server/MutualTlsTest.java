package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.client.admin.AdminException;
import dev.quoin.dlm.client.admin.DlmAdminClient;
import dev.quoin.dlm.client.admin.GroupMember;
import dev.quoin.dlm.client.admin.LeaderReport;
import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.proto.Acquire;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.FetchStateRequest;
import dev.quoin.dlm.proto.Mode;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.security.TlsFiles;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real peers under mutual TLS: they work as without, strangers stay out, and each certificate does what it is for and no more. */
class MutualTlsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final AccessList ACCESS = new AccessList(
            List.of(new AccessList.Entry("web*", List.of("app-*")), new AccessList.Entry("db", List.of("*"))));

    @TempDir
    static Path keys;

    @TempDir
    Path dir;

    private static CertificateAuthority authority;

    @BeforeAll
    static void create() throws IOException {
        authority = CertificateAuthority.create(keys.resolve("ca"), "test");
    }

    private static Security of(Role role, String name) {
        try {
            TlsFiles files = TlsFiles.in(keys, role, name);
            if (!files.key().toFile().exists()) {
                authority.issue(new Identity("test", role, name), List.of(), Duration.ofDays(1), keys, false);
            }
            return Security.mutualTls(files);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Cluster cluster() throws IOException {
        return new Cluster(
                        dir,
                        3,
                        id -> of(Role.PEER, id),
                        config -> config.snapshots(SnapshotPolicy.DEFAULT.entries(20, 5))
                                .access(ACCESS))
                .startAll();
    }

    private static LockClient connect(Cluster cluster, String node, Security security) throws DlmException {
        return DlmClient.connect(DlmClientConfig.of(node, cluster.servers(), security)
                .supersede(false)
                .timeouts(LIMIT, LIMIT));
    }

    private static DlmAdminClient admin(Cluster cluster, Security security) {
        return DlmAdminClient.of(cluster.servers(), LIMIT, security);
    }

    @Test
    void group_worksAsWithoutTls_throughLeaderChangesAndStateTransfer() throws Exception {
        Security web = of(Role.NODE, "web1");
        try (Cluster cluster = cluster();
                LockClient client = connect(cluster, "web1", web)) {
            Held held = client.lockspace("app-1", SessionEndPolicy.RELEASE)
                    .acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();
            DlmAdminClient operator = admin(cluster, of(Role.OPERATOR, "ann"));
            operator.transfer("");
            for (int i = 0; i < 200; i++) {
                client.registry()
                        .commit(Transaction.builder()
                                .put("k" + i, new byte[100])
                                .build());
            }
            List<Integer> ports = Cluster.freePorts(2);
            DlmPeerConfig.Peer fourth =
                    new DlmPeerConfig.Peer("p3", "127.0.0.1:" + ports.getFirst(), "127.0.0.1:" + ports.getLast());
            try (DlmPeer joined =
                    DlmPeer.start(DlmPeerConfig.joining("test", fourth, dir.resolve("p3"), of(Role.PEER, "p3")))) {
                operator.add(new GroupMember("p3", fourth.raftAddress(), fourth.clientAddresses(), false));
                DlmPeer leads = cluster.awaitLeader();
                await().atMost(LIMIT)
                        .until(() ->
                                joined.appliedIndex() == leads.appliedIndex() && joined.digest() == leads.digest());
                assertThat(joined.statesFetched()).isPositive();
                operator.remove("p3", false);
            }
            assertThat(held.isValidFor(Duration.ZERO)).isTrue();

            LeaderReport report = admin(cluster, web).leader();
            assertThat(report.leases()).extracting(LeaderReport.Lease::identity).contains("node web1");
            assertThat(admin(cluster, web).status(cluster.servers().getFirst()).tls())
                    .isTrue();
        }
    }

    @Test
    void strangers_stayOut() throws Exception {
        CertificateAuthority forged = CertificateAuthority.create(keys.resolve("forged"), "test");
        Security stranger = Security.mutualTls(forged.issue(
                new Identity("test", Role.PEER, "p0"),
                List.of(),
                Duration.ofDays(1),
                keys.resolve("forged-out"),
                false));
        try (Cluster cluster = cluster()) {
            cluster.awaitLeader();
            for (Security security : List.of(Security.off(), stranger)) {
                assertThatExceptionOfType(DlmException.class)
                        .isThrownBy(() -> DlmClient.connect(DlmClientConfig.of("web1", cluster.servers(), security)
                                .timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2))))
                        .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.NO_QUORUM));
                assertThatExceptionOfType(AdminException.class)
                        .isThrownBy(() -> DlmAdminClient.of(cluster.servers(), Duration.ofSeconds(2), security)
                                .status(cluster.servers().getFirst()));
            }
        }
    }

    @Test
    void peersWithoutTrust_formNoGroup() throws Exception {
        CertificateAuthority other = CertificateAuthority.create(keys.resolve("other"), "test");
        Security odd = Security.mutualTls(other.issue(
                new Identity("test", Role.PEER, "p2"),
                List.of(),
                Duration.ofDays(1),
                keys.resolve("other-out"),
                false));
        try (Cluster cluster = new Cluster(dir, 3, id -> id.equals("p2") ? odd : of(Role.PEER, id), config -> config)) {
            cluster.start("p0");
            cluster.start("p2");
            // Neither gets the other's vote.
            assertThatThrownBy(() -> cluster.running.get("p0").awaitLeader(Duration.ofSeconds(5)))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            cluster.start("p1");
            assertThat(cluster.running.get("p0").awaitLeader(LIMIT)).isNotEqualTo("p2");
        }
        assertThatThrownBy(() -> DlmPeerConfig.of(
                        "test",
                        "p1",
                        List.of(new DlmPeerConfig.Peer("p1", "127.0.0.1:1", "127.0.0.1:2")),
                        dir,
                        of(Role.PEER, "p0")))
                .hasMessageContaining("urn:quoin:test:peer:p0 found, one of urn:quoin:test:peer:p1 expected");
    }

    @Test
    void node_touchesOnlyWhatItMay() throws Exception {
        try (Cluster cluster = cluster();
                LockClient web = connect(cluster, "web1/part", of(Role.NODE, "web1"));
                LockClient db = connect(cluster, "db", of(Role.NODE, "db"));
                LockClient ann = connect(cluster, "anybody", of(Role.OPERATOR, "ann"))) {
            Lockspace secret = db.lockspace("secret", SessionEndPolicy.RELEASE);
            Held held = secret.acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();
            web.lockspace("app-1", SessionEndPolicy.RELEASE)
                    .acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();
            assertThatExceptionOfType(DlmException.class)
                    .isThrownBy(() -> web.lockspace("secret", SessionEndPolicy.RELEASE))
                    .withMessageContaining("lockspace secret is not allowed to node web1")
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(Code.NOT_ALLOWED));
            assertThatExceptionOfType(DlmException.class)
                    .isThrownBy(() -> web.breakLock(held.id(), held.token()))
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(Code.NOT_ALLOWED));
            assertThatExceptionOfType(DlmException.class)
                    .isThrownBy(() -> connect(cluster, "db", of(Role.NODE, "web1")))
                    .withMessageContaining("node name db asked for by node web1")
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(Code.NOT_ALLOWED));
            ann.breakLock(held.id(), held.token());
            // A refusal leaves the session as it was.
            web.lockspace("app-2", SessionEndPolicy.RELEASE)
                    .acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();

            DlmAdminClient asWeb = admin(cluster, of(Role.NODE, "web1"));
            String peer = cluster.servers().getFirst();
            assertThat(asWeb.status(peer).id()).isEqualTo("p0");
            assertThatExceptionOfType(AdminException.class)
                    .isThrownBy(() -> asWeb.snapshot(peer))
                    .withMessageContaining("asked for by node web1, [operator, peer] expected")
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(AdminException.Code.NOT_ALLOWED));
            assertThatExceptionOfType(AdminException.class)
                    .isThrownBy(() -> asWeb.add(new GroupMember("x", "127.0.0.1:1", List.of("127.0.0.1:2"), false)));
            assertThat(admin(cluster, of(Role.OPERATOR, "ann")).snapshot(peer)).isPositive();
        }
    }

    /** A client that is not ours and knows the protocol: numbers of sessions and lockspaces alone get it nowhere. */
    @Test
    void craftedFrames_takeNoSessionAndNoLockspace() throws Exception {
        try (Cluster cluster = cluster();
                LockClient db = connect(cluster, "db", of(Role.NODE, "db"))) {
            Held held = db.lockspace("secret", SessionEndPolicy.RELEASE)
                    .acquire(ResourceName.of("r"), LockRequest.of(LockMode.EX))
                    .orThrow();
            ManagedChannel channel = NettyChannelBuilder.forAddress(
                            Addresses.parse(cluster.awaitLeader().clientAddress()),
                            GrpcSecurity.toPeer(of(Role.NODE, "web1")))
                    .build();
            try {
                assertThatExceptionOfType(StatusRuntimeException.class)
                        .isThrownBy(() -> DlmGrpc.newBlockingStub(channel)
                                .fetchState(FetchStateRequest.getDefaultInstance())
                                .hasNext())
                        .withMessageContaining("[peer] expected");

                BlockingQueue<ServerFrame> frames = new LinkedBlockingQueue<>();
                StreamObserver<ClientFrame> out = DlmGrpc.newStub(channel).session(new Collector(frames));
                long stolen = db.session().value();
                out.onNext(ClientFrame.newBuilder()
                        .addSessions(
                                SessionFrame.newBuilder().setSession(stolen).setAttach(true))
                        .build());
                assertThat(next(frames, frame -> frame.getSessionsCount() > 0)
                                .getSessions(0)
                                .getGone())
                        .contains("is not one of node web1");

                out.onNext(ClientFrame.newBuilder()
                        .addOpens(OpenSession.newBuilder()
                                .setNonce(ByteString.copyFrom(new byte[16]))
                                .setNode("web1")
                                .setLeaseMillis(10_000))
                        .build());
                long own = next(frames, frame -> frame.getOpenedCount() > 0)
                        .getOpened(0)
                        .getSession();
                out.onNext(ClientFrame.newBuilder()
                        .addSessions(SessionFrame.newBuilder()
                                .setSession(own)
                                .addOperations(Operation.newBuilder()
                                        .setSequence(1)
                                        .setAcquire(Acquire.newBuilder()
                                                .setLockspace(0)
                                                .setResource(ByteString.copyFromUtf8("free"))
                                                .setMode(Mode.EX))))
                        .build());
                ServerFrame answer = next(
                        frames,
                        frame -> frame.getSessionsCount() > 0
                                && frame.getSessions(0).getResultsCount() > 0);
                assertThat(answer.getSessions(0).getResults(0).getRefused().getCode())
                        .isEqualTo(Code.NOT_ALLOWED.ordinal());
                assertThat(held.isValidFor(Duration.ZERO)).isTrue();
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static ServerFrame next(BlockingQueue<ServerFrame> frames, Predicate<ServerFrame> wanted)
            throws InterruptedException {
        while (true) {
            ServerFrame frame = frames.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(frame).as("an answer within %s", LIMIT).isNotNull();
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    private record Collector(BlockingQueue<ServerFrame> frames) implements StreamObserver<ServerFrame> {
        @Override
        public void onNext(ServerFrame frame) {
            frames.add(frame);
        }

        @Override
        public void onError(Throwable failure) {
            // The test ends the stream itself.
        }

        @Override
        public void onCompleted() {
            // Nothing more comes.
        }
    }
}
