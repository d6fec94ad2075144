package dev.quoin.iscsi;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Decoded;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.Pdu;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An initiator without any opinion: sends the PDUs and bytes that a test gives it, and shows what comes back. */
final class RawInitiator implements AutoCloseable {

    /** How long to wait for an answer that must come, in milliseconds. */
    static final int PATIENCE_MILLIS = 10_000;

    private static final String KEYS = "SessionType=Normal\0HeaderDigest=None\0DataDigest=None\0InitialR2T=No\0"
            + "ImmediateData=Yes\0MaxRecvDataSegmentLength=262144\0MaxBurstLength=262144\0FirstBurstLength=65536\0";

    private final Socket socket;
    private int nextTag = 1;
    private int cmdSn = 1;
    private int expStatSn;

    /** A PDU that the target sent. */
    record Received(Response header, byte[] data) {}

    RawInitiator(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    /** Connects and logs in to the target of {@link Exported}. */
    static RawInitiator loggedIn(Exported exported, String initiator, long isid, String moreKeys) throws IOException {
        RawInitiator raw = new RawInitiator(exported.target().port());
        Response.LoginResponse response = raw.login(initiator, isid, moreKeys);
        if (response.statusClass() != 0) {
            throw new IOException("login refused: " + response);
        }
        return raw;
    }

    /** Logs in in one step; keys in {@code moreKeys} replace the usual ones of the same name. */
    Response.LoginResponse login(String initiator, long isid, String moreKeys) throws IOException {
        return login(initiator, isid, 0, 0, moreKeys);
    }

    /** As the other one, as connection {@code cid} of the session {@code tsih}. */
    Response.LoginResponse login(String initiator, long isid, int tsih, int cid, String moreKeys) throws IOException {
        return (Response.LoginResponse)
                loginTo(Exported.NAME, initiator, isid, tsih, cid, moreKeys).header();
    }

    /** As {@link #login}, to a target of another name; with the keys that came back. */
    Received loginTo(String target, String initiator, long isid, int tsih, int cid, String moreKeys)
            throws IOException {
        StringBuilder keys = new StringBuilder("InitiatorName=" + initiator + "\0TargetName=" + target + "\0");
        for (String pair : KEYS.split("\0", -1)) {
            if (!pair.isEmpty() && !moreKeys.contains(pair.substring(0, pair.indexOf('=') + 1))) {
                keys.append(pair).append('\0');
            }
        }
        keys.append(moreKeys);
        send(
                new Request.Login(true, false, 1, 3, 0, 0, isid, tsih, 0, cid, cmdSn, 0),
                keys.toString().getBytes(StandardCharsets.UTF_8));
        return receive();
    }

    /** Sends a text request with the next numbers and gives what comes back. */
    Received text(boolean isFinal, boolean continues, int tag, int transferTag, String keys) throws IOException {
        send(
                new Request.Text(false, isFinal, continues, 0, tag, transferTag, nextCmdSn(), expStatSn()),
                keys.getBytes(StandardCharsets.UTF_8));
        return receive();
    }

    /** All that SendTargets is answered with, fetched part by part. */
    String sendTargets(String value) throws IOException {
        int tag = nextTag();
        StringBuilder all = new StringBuilder();
        Received part = text(true, false, tag, -1, "SendTargets=" + value + "\0");
        while (part.header() instanceof Response.TextResponse more && !more.isFinal()) {
            all.append(new String(part.data(), StandardCharsets.UTF_8));
            part = text(true, false, tag, more.targetTransferTag(), "");
        }
        return all.append(new String(part.data(), StandardCharsets.UTF_8)).toString();
    }

    int nextTag() {
        return nextTag++;
    }

    int nextCmdSn() {
        return cmdSn++;
    }

    /** Sets the number of the next command. */
    void nextCmdSn(int number) {
        cmdSn = number;
    }

    int expStatSn() {
        return expStatSn;
    }

    /** A command with the next numbers. */
    Request.ScsiCommand command(boolean read, boolean write, boolean isFinal, long expected, long high, long low) {
        return new Request.ScsiCommand(
                false, isFinal, read, write, 1, 0, nextTag(), expected, nextCmdSn(), expStatSn, high, low);
    }

    /** READ (10). */
    Request.ScsiCommand read(int lba, int blocks, long expected) {
        return command(true, false, true, expected, 0x28L << 56 | (long) lba << 16, (long) blocks << 56);
    }

    /** WRITE (10) of less than 256 blocks. */
    Request.ScsiCommand write(int lba, int blocks, boolean isFinal, long expected) {
        return command(false, true, isFinal, expected, 0x2AL << 56 | (long) lba << 16, (long) blocks << 56);
    }

    /** TEST UNIT READY. */
    Request.ScsiCommand testUnitReady() {
        return command(false, false, true, 0, 0, 0);
    }

    void send(Pdu pdu, byte[] data) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(data.length));
        PduEncoder.encode(pdu, data.length, out, 0);
        out.put(Bhs.LENGTH, data);
        sendBytes(out.array());
    }

    void send(Pdu pdu) throws IOException {
        send(pdu, new byte[0]);
    }

    void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Waits for the next PDU. */
    Received receive() throws IOException {
        InputStream in = socket.getInputStream();
        byte[] header = in.readNBytes(Bhs.LENGTH);
        if (header.length < Bhs.LENGTH) {
            throw new EOFException("closed after " + header.length + " bytes of a header");
        }
        int length = Bhs.dataLength(ByteBuffer.wrap(header), 0);
        byte[] padded = in.readNBytes(Bhs.padded(length));
        Decoded decoded = PduDecoder.decode(ByteBuffer.wrap(header), 0);
        if (!(decoded instanceof Response response)) {
            throw new IOException("no response: " + decoded);
        }
        boolean counts = !(response instanceof Response.DataIn data && !data.hasStatus())
                && response.opcode() != Opcode.R2T
                && !(response instanceof Response.NopIn nop && nop.initiatorTaskTag() == Bhs.TAG_NONE);
        if (counts) {
            expStatSn = response.statSn() + 1;
        }
        return new Received(response, Arrays.copyOf(padded, length));
    }

    /** Waits for the answer to a command; the status of a Data-In that carries one is in a response without sense. */
    Response.ScsiResponse status() throws IOException {
        while (true) {
            Received received = receive();
            if (received.header() instanceof Response.ScsiResponse response) {
                return response;
            }
        }
    }

    /** Waits for the target to close the connection, dropping what it still sends; false if it does not within the time. */
    boolean closedWithin(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            while (socket.getInputStream().read() >= 0) {
                // What comes before the end does not matter.
            }
            return true;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (SocketException reset) {
            return true;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    /** Whether nothing comes for this long. */
    boolean silentFor(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException silent) {
            return true;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
