package dev.quoin.tools.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ListArraysRequest;
import dev.quoin.admin.proto.ListVolumesReply;
import dev.quoin.admin.proto.ListVolumesRequest;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.admin.proto.StatusRequest;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that the administration door opens to who has the token and to nobody else, and carries faults whole. */
class AdminDoorTest {

    private static final HostPort ANY = new HostPort("127.0.0.1", 0);
    private static final Duration LONG = Duration.ofSeconds(20);

    /** Answers one call, fails another with a fault, and never answers the rest. */
    private static final class Service extends AdminGrpc.AdminImplBase {
        @Override
        public void status(StatusRequest request, StreamObserver<StatusReply> reply) {
            reply.onNext(StatusReply.getDefaultInstance());
            reply.onCompleted();
        }

        @Override
        public void listVolumes(ListVolumesRequest request, StreamObserver<ListVolumesReply> reply) {
            reply.onError(FaultCodec.encode(Fault.conflict("volume x", "ä found, b expected", "do c")));
        }
    }

    @TempDir
    Path directory;

    private AdminServer server;

    @BeforeEach
    void start() throws Fault {
        server = AdminServer.start(new Service(), ANY, directory);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void nodeFile_isReadableByItsUserOnly_andGoneAfterwards() throws Exception {
        Path file = directory.resolve(NodeFile.NAME);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        NodeFile read = NodeFile.readFrom(directory).orElseThrow();
        assertThat(read.endpoint()).isEqualTo(server.address());
        assertThat(read.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(read.token()).hasSizeGreaterThan(40);
        assertThat(read.toString()).doesNotContain(read.token());

        server.close();
        assertThat(file).doesNotExist();
        assertThat(NodeFile.readFrom(directory)).isEmpty();
    }

    @Test
    void call_withTheToken_isAnswered() throws Exception {
        try (AdminClient client = AdminClient.connect(server.address(), token())) {
            StatusReply reply = client.ask(LONG, stub -> stub.status(StatusRequest.getDefaultInstance()));
            assertThat(reply).isEqualTo(StatusReply.getDefaultInstance());
        }
    }

    @Test
    void call_withAnotherToken_isRefused() throws Exception {
        for (String wrong : new String[] {"", "x", token() + "x"}) {
            try (AdminClient client = AdminClient.connect(server.address(), wrong)) {
                assertThatExceptionOfType(Fault.class)
                        .isThrownBy(() -> client.ask(LONG, stub -> stub.status(StatusRequest.getDefaultInstance())))
                        .satisfies(fault -> assertThat(fault.code()).isEqualTo(ExitCode.REFUSED));
            }
        }
    }

    @Test
    void fault_ofTheNode_arrivesWhole() throws Exception {
        try (AdminClient client = AdminClient.connect(server.address(), token())) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(
                            () -> client.ask(LONG, stub -> stub.listVolumes(ListVolumesRequest.getDefaultInstance())))
                    .satisfies(fault -> {
                        assertThat(fault.code()).isEqualTo(ExitCode.CONFLICT);
                        assertThat(fault.object()).isEqualTo("volume x");
                        assertThat(fault.message()).isEqualTo("ä found, b expected");
                        assertThat(fault.next()).isEqualTo("do c");
                    });
        }
    }

    @Test
    void everyExitCode_survivesTheWire() {
        for (ExitCode code : ExitCode.values()) {
            Fault carried = FaultCodec.decode(
                    FaultCodec.encode(new Fault(code, "o", "m", "n")).getTrailers());
            assertThat(carried).isNotNull();
            assertThat(carried.code()).isEqualTo(code);
        }
    }

    @Test
    void answer_thatDoesNotCome_isOutcomeUnknown() throws Exception {
        try (SilentServer silent = new SilentServer(directory.resolve("silent"));
                AdminClient client = AdminClient.connect(silent.address(), silent.token())) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() ->
                            client.ask(Duration.ofMillis(100), stub -> stub.status(StatusRequest.getDefaultInstance())))
                    .satisfies(fault -> assertThat(fault.code()).isEqualTo(ExitCode.OUTCOME_UNKNOWN));
        }
    }

    @Test
    void serverThatGoesAway_isOutcomeUnknown() throws Exception {
        try (AdminClient client = AdminClient.connect(server.address(), token())) {
            server.close();
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> client.ask(LONG, stub -> stub.status(StatusRequest.getDefaultInstance())))
                    .satisfies(fault -> assertThat(fault.code()).isEqualTo(ExitCode.OUTCOME_UNKNOWN));
        }
    }

    @Test
    void requestOfANewerCommand_isRefused_withTheReason() throws Exception {
        try (AdminClient client = AdminClient.connect(server.address(), token())) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> client.ask(LONG, stub -> stub.listArrays(ListArraysRequest.getDefaultInstance())))
                    .satisfies(fault -> {
                        assertThat(fault.code()).isEqualTo(ExitCode.FAILED);
                        assertThat(fault.message()).contains("does not know this request");
                    });
        }
    }

    @Test
    void busyAddress_isRefused_namingIt() throws Exception {
        HostPort taken = server.address();

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> AdminServer.start(new Service(), taken, directory))
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.CONFLICT);
                    assertThat(fault.object()).isEqualTo("address " + taken);
                });
        assertThat(NodeFile.readFrom(directory)).as("the first node's file").isPresent();
    }

    private String token() throws Fault {
        return NodeFile.readFrom(directory).orElseThrow().token();
    }

    /** A server that takes calls and says nothing. */
    private static final class SilentServer implements AutoCloseable {
        private final AdminServer server;
        private final Path directory;

        SilentServer(Path directory) throws Exception {
            this.directory = Files.createDirectory(directory);
            server = AdminServer.start(
                    new AdminGrpc.AdminImplBase() {
                        @Override
                        public void status(StatusRequest request, StreamObserver<StatusReply> reply) {
                            // On purpose.
                        }
                    },
                    ANY,
                    directory);
        }

        HostPort address() {
            return server.address();
        }

        String token() throws Fault {
            return NodeFile.readFrom(directory).orElseThrow().token();
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
