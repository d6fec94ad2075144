package dev.quoin.dlm.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a port of this machine that can go silent, break, and work again, as a network does. */
final class Relay implements AutoCloseable {

    /** What becomes of what is sent. */
    private enum State {
        WORKS,
        /** Nothing comes through, and nobody is told. */
        SILENT,
        /** Connections end at once. */
        BROKEN
    }

    private final ServerSocket door;
    private final int target;
    private final Set<Socket> muted = ConcurrentHashMap.newKeySet();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile State state = State.WORKS;

    Relay(int target) throws IOException {
        this.target = target;
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + door.getLocalPort();
    }

    void goSilent() {
        state = State.SILENT;
    }

    void breakDown() throws IOException {
        state = State.BROKEN;
        closeAll();
    }

    /** New connections work; those there are stay open, and silent. */
    void reopen() {
        muted.addAll(sockets);
        state = State.WORKS;
    }

    /** New connections work; what went silent stays so. */
    void repair() throws IOException {
        closeAll();
        state = State.WORKS;
    }

    private void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }

    private void accept() {
        try {
            while (true) {
                Socket in = door.accept();
                if (state == State.BROKEN) {
                    in.close();
                    continue;
                }
                Socket out = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(in);
                sockets.add(out);
                Thread.ofVirtual().start(() -> pump(in, out));
                Thread.ofVirtual().start(() -> pump(out, in));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[65_536];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (state == State.WORKS && !muted.contains(from)) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException closed) {
            // One side has gone; the other goes too.
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        closeAll();
    }
}
