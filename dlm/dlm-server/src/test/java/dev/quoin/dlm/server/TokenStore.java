package dev.quoin.dlm.server;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A store that does the one thing that makes locks safe: it remembers the highest token that it has seen for each resource and refuses a
 * write with a lower one. It is reached over TCP, so that writers can be other processes.
 */
final class TokenStore implements AutoCloseable {

    private final ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    private final boolean checks;
    private final Map<String, Long> highest = new ConcurrentHashMap<>();

    /** Writes that were accepted although a higher token had been seen; with the check there is none. */
    final AtomicLong stale = new AtomicLong();

    final AtomicLong accepted = new AtomicLong();
    final AtomicLong refused = new AtomicLong();

    /** An empty store; {@code checks} off shows what the check is for. */
    TokenStore(boolean checks) throws IOException {
        this.checks = checks;
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            while (true) {
                out.writeBoolean(write(in.readUTF(), in.readLong()));
            }
        } catch (IOException gone) {
            // The writer has gone.
        }
    }

    private boolean write(String resource, long token) {
        boolean[] isStale = new boolean[1];
        highest.merge(resource, token, (seen, now) -> {
            isStale[0] = now < seen;
            return Math.max(seen, now);
        });
        if (isStale[0] && checks) {
            refused.incrementAndGet();
            return false;
        }
        if (isStale[0]) {
            stale.incrementAndGet();
        }
        accepted.incrementAndGet();
        return true;
    }

    /** The highest token seen, 0 for none. */
    long highest(String resource) {
        return highest.getOrDefault(resource, 0L);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** One who writes. Not for more than one thread. */
    static final class Writer implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        Writer(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
        }

        /** Whether the write was accepted. Blocking. */
        boolean write(String resource, long token) throws IOException {
            out.writeUTF(resource);
            out.writeLong(token);
            out.flush();
            return in.readBoolean();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
