package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Proves that an initiator with credentials gives up a login as soon as a target tries to get round CHAP, whatever it says. */
class FalseTargetTest {

    private static final String NAME = "iqn.x:t";
    private static final ChapLogin MUTUAL =
            ChapLogin.of("alice", "correct horse battery").expecting("target", "the target's own secret");
    private static final String CHALLENGE = "CHAP_A=5\0CHAP_I=1\0CHAP_C=0x" + "ab".repeat(16) + "\0";

    /** What a false target answers to one request. */
    private record Line(boolean transit, int next, String keys) {}

    private final List<String> received = new CopyOnWriteArrayList<>();

    @Test
    void target_thatLeavesTheSecurityStageAtOnce_getsNothingMore() throws Exception {
        assertRefused("CHAP expected", new Line(true, 3, ""));
        assertRefused("CHAP expected", new Line(true, 1, "AuthMethod=None\0"));
        assertRefused("ends the security stage", new Line(true, 1, "AuthMethod=CHAP\0"));
        assertThat(received).allMatch(keys -> keys.contains("AuthMethod=CHAP\0"));
    }

    @Test
    void target_thatChallengesAndLeavesTheStage_getsNoResponse() throws Exception {
        assertRefused("ends the security stage", new Line(false, 0, "AuthMethod=CHAP\0"), new Line(true, 1, CHALLENGE));
        assertThat(received).hasSize(2).noneMatch(keys -> keys.contains("CHAP_R"));
    }

    @Test
    void target_thatTakesTheResponseAndProvesNothing_isNotTrusted() throws Exception {
        Line method = new Line(false, 0, "AuthMethod=CHAP\0");
        Line challenge = new Line(false, 0, CHALLENGE);
        assertRefused("does not do mutual CHAP", method, challenge, new Line(true, 1, ""));
        assertRefused(
                "wrong CHAP response",
                method,
                challenge,
                new Line(true, 1, "CHAP_N=target\0CHAP_R=0x" + "00".repeat(16) + "\0"));
        assertThat(received).hasSize(6).noneMatch(keys -> keys.contains("MaxBurstLength"));
    }

    private void assertRefused(String reason, Line... lines) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread target = Thread.ofPlatform().start(() -> answer(server, lines));
            IscsiUrl url = new IscsiUrl("127.0.0.1", server.getLocalPort(), NAME, 0, null);
            InitiatorConfig config = InitiatorConfig.of("iqn.x:i").withChap(MUTUAL);
            assertThatThrownBy(() ->
                            IscsiDevice.open(url, config, Access.READ_WRITE).close())
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining(reason);
            target.join();
        }
    }

    private void answer(ServerSocket server, Line... lines) {
        try (Socket socket = server.accept()) {
            int statSn = 0;
            for (Line line : lines) {
                ByteBuffer header = ByteBuffer.wrap(socket.getInputStream().readNBytes(Bhs.LENGTH));
                int length = Bhs.dataLength(header, 0);
                byte[] keys = socket.getInputStream().readNBytes(Bhs.padded(length));
                received.add(new String(keys, 0, length, StandardCharsets.UTF_8));
                Request.Login request = (Request.Login) PduDecoder.decode(header, 0);
                byte[] text = line.keys().getBytes(StandardCharsets.UTF_8);
                ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(text.length));
                Response.LoginResponse response = new Response.LoginResponse(
                        line.transit(),
                        false,
                        request.currentStage(),
                        line.next(),
                        0,
                        0,
                        request.isid(),
                        0,
                        request.initiatorTaskTag(),
                        statSn++,
                        request.cmdSn(),
                        request.cmdSn() + 9,
                        0,
                        0);
                PduEncoder.encode(response, text.length, out, 0);
                out.put(Bhs.LENGTH, text);
                socket.getOutputStream().write(out.array());
            }
            // The initiator hangs up; anything else it sends would be seen here.
            byte[] more = socket.getInputStream().readAllBytes();
            if (more.length > 0) {
                received.add("more: " + new String(more, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException broken) {
            received.add("broken: " + broken);
        }
    }
}
