package dev.quoin.iscsi.portal;

import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Decoded;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection that has not logged in. Belongs to the portal's thread.
 *
 * <p>It owns 48 bytes for a header; room for data is made only when the header is that of a login request with a legal length,
 * so nobody holds more than a segment of {@link LoginMachine#SEGMENT_BYTES_MAX} bytes and the keys of one login.
 */
final class PendingLogin {

    /** What is to be done with the connection. */
    enum Next {
        /** Wait until there is something to read. */
        READ,
        /** Wait until the rest of the response can be written. */
        WRITE,
        /** Close it. */
        CLOSE,
        /** It is through: see {@link #established()}. */
        ESTABLISHED
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final LoginMachine machine;
    private final long deadline;
    private final ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
    private @Nullable ByteBuffer data;
    private ByteBuffer out = NOTHING;
    private boolean closeAfterWrite;
    private LoginMachine.@Nullable Established established;
    private @Nullable LoginStatus refused;
    private String why = "the initiator closed it";

    /**
     * A fresh connection.
     *
     * @param deadline when it must be through, in nanoseconds of the monotonic clock
     */
    PendingLogin(SocketChannel channel, LoginMachine machine, long deadline) {
        this.channel = channel;
        this.machine = machine;
        this.deadline = deadline;
    }

    SocketChannel channel() {
        return channel;
    }

    long deadline() {
        return deadline;
    }

    /** The last step, whose response is not sent yet. */
    LoginMachine.Established established() {
        if (established == null) {
            throw new IllegalStateException("the login is not finished");
        }
        return established;
    }

    /** Why the connection is to be closed, for the log. */
    String why() {
        return why;
    }

    /** Whether the initiator may not log in, or not to this target, or has not proven who it is. */
    boolean denied() {
        return refused == LoginStatus.AUTHENTICATION_FAILURE
                || refused == LoginStatus.AUTHORIZATION_FAILURE
                || refused == LoginStatus.NOT_FOUND;
    }

    /** The name that the initiator gave, or nothing. */
    String initiatorName() {
        return machine.initiatorName();
    }

    /** Reads what is there and answers requests that are whole. */
    Next readable() throws IOException {
        while (true) {
            if (header.hasRemaining()) {
                int count = channel.read(header);
                if (count < 0) {
                    return Next.CLOSE;
                }
                if (header.hasRemaining()) {
                    return Next.READ;
                }
                if (!headerIsGood()) {
                    return Next.CLOSE;
                }
            }
            ByteBuffer segment = data;
            if (segment == null) {
                segment = ByteBuffer.allocate(Bhs.padded(Bhs.dataLength(header, 0)));
                data = segment;
            }
            if (segment.hasRemaining()) {
                int count = channel.read(segment);
                if (count < 0) {
                    return Next.CLOSE;
                }
                if (segment.hasRemaining()) {
                    return Next.READ;
                }
            }
            Next next = request(segment);
            header.clear();
            data = null;
            if (next != Next.READ) {
                return next;
            }
        }
    }

    /** Before the login only login requests exist (RFC 7143 6.3): others end the connection without an answer. */
    private boolean headerIsGood() {
        if (Bhs.opcode(header, 0) != Opcode.LOGIN_REQUEST) {
            why = "opcode " + Bhs.opcode(header, 0) + " before the login";
            return false;
        }
        if (Bhs.ahsLength(header, 0) != 0 || Bhs.dataLength(header, 0) > LoginMachine.SEGMENT_BYTES_MAX) {
            why = "login request with " + Bhs.ahsLength(header, 0) + " bytes of AHS and " + Bhs.dataLength(header, 0)
                    + " of data";
            return false;
        }
        return true;
    }

    private Next request(ByteBuffer segment) throws IOException {
        Decoded decoded = PduDecoder.decode(header, 0);
        if (!(decoded instanceof Request.Login login)) {
            why = decoded instanceof Malformed bad ? bad.field() + " " + bad.reason() : "no login request";
            return Next.CLOSE;
        }
        byte[] keys = new byte[Bhs.dataLength(header, 0)];
        segment.get(0, keys);
        return switch (machine.receive(login, keys)) {
            case LoginMachine.Continue step -> send(step.response(), step.data());
            case LoginMachine.Established step -> {
                established = step;
                yield Next.ESTABLISHED;
            }
            case LoginMachine.Refused step -> {
                why = step.why();
                refused = step.status();
                closeAfterWrite = true;
                yield send(step.response(), step.data());
            }
        };
    }

    /** Sends a last response and closes. */
    Next refuse(Response.LoginResponse response) throws IOException {
        closeAfterWrite = true;
        return send(response, new byte[0]);
    }

    private Next send(Response.LoginResponse response, byte[] text) throws IOException {
        out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(text.length));
        PduEncoder.encode(response, text.length, out, 0);
        out.put(Bhs.LENGTH, text);
        return writable();
    }

    /** Writes the rest of the response. */
    Next writable() throws IOException {
        channel.write(out);
        if (out.hasRemaining()) {
            return Next.WRITE;
        }
        out = NOTHING;
        return closeAfterWrite ? Next.CLOSE : Next.READ;
    }
}
