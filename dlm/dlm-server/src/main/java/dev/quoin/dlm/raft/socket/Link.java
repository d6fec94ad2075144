package dev.quoin.dlm.raft.socket;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One connection, in frames. One thread reads; any may write, and blocks while the other end does not read.
 *
 * <p>Whatever has to be over by some time is noted with {@link #expect}; who watches the links ends those that are late.
 */
final class Link implements AutoCloseable {

    private static final int READ_BYTES = 64 << 10;
    private static final long NEVER = Long.MAX_VALUE;

    /** The connection itself: to close it ends all that is under way on it, also inside TLS. */
    private final Socket raw;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Object writing = new Object();
    private final AtomicLong writeDeadline = new AtomicLong(NEVER);
    private final AtomicLong deadline = new AtomicLong(NEVER);
    private final long writeMillisMax;
    private volatile boolean open = true;

    /**
     * A link over a connection that is there.
     *
     * @param socket {@code raw} itself, or TLS over it
     * @param writeMillisMax how long the other end may leave what is sent to it unread
     */
    Link(Socket raw, Socket socket, long writeMillisMax) throws IOException {
        this.raw = raw;
        this.socket = socket;
        this.writeMillisMax = writeMillisMax;
        in = new BufferedInputStream(socket.getInputStream(), READ_BYTES);
        out = socket.getOutputStream();
    }

    private static long after(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Sends a frame. Blocking. */
    void send(byte[] frame) throws IOException {
        synchronized (writing) {
            writeDeadline.set(after(writeMillisMax));
            try {
                out.write(frame);
                out.flush();
            } finally {
                writeDeadline.set(NEVER);
            }
        }
    }

    /** Receives a frame. Blocking. */
    Frame receive(int payloadMax) throws IOException {
        return Frame.read(in, payloadMax);
    }

    /** Something has to be over in so many milliseconds. */
    void expect(long millis) {
        deadline.set(after(millis));
    }

    /** Nothing in particular is waited for. */
    void expectNothing() {
        deadline.set(NEVER);
    }

    /** How long the other end may be silent before reading fails. */
    void silence(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Whether something takes too long. */
    boolean isLate(long nowNanos) {
        return isPast(deadline.get(), nowNanos) || isPast(writeDeadline.get(), nowNanos);
    }

    private static boolean isPast(long limit, long nowNanos) {
        return limit != NEVER && nowNanos - limit > 0;
    }

    /** How many bytes can be on their way, unread by the other end, without a write that blocks. */
    long room() throws IOException {
        return raw.getSendBufferSize() / 2L;
    }

    boolean isOpen() {
        return open;
    }

    String remote() {
        return String.valueOf(raw.getRemoteSocketAddress());
    }

    /** Ends the connection, and with it all reads and writes. Does not block. */
    @Override
    public void close() {
        open = false;
        try {
            raw.close();
        } catch (IOException failure) {
            // It is of no use any more either way.
            return;
        }
    }
}
