package dev.quoin.iscsi.initiator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between an initiator and a target, and can keep the target's answers back and cut the connection. */
final class CutRelay implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private final int to;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean silent;

    CutRelay(int to) throws IOException {
        this.to = to;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** From now on nothing of the target reaches the initiator. */
    void swallowAnswers() {
        silent = true;
    }

    /** Ends the connections there are; new ones are whole again. */
    void cut() throws IOException {
        List<Socket> old = List.copyOf(sockets);
        sockets.clear();
        silent = false;
        for (Socket socket : old) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket initiator = server.accept();
                Socket target = new Socket(InetAddress.getLoopbackAddress(), to);
                sockets.addAll(List.of(initiator, target));
                Thread.ofVirtual().start(() -> pass(initiator, target, false));
                Thread.ofVirtual().start(() -> pass(target, initiator, true));
            }
        } catch (IOException closed) {
            // The end.
        }
    }

    private void pass(Socket from, Socket into, boolean answers) {
        byte[] buffer = new byte[64 << 10];
        try (from;
                into;
                InputStream in = from.getInputStream();
                OutputStream out = into.getOutputStream()) {
            for (int count; (count = in.read(buffer)) > 0; ) {
                if (!answers || !silent) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException cut) {
            // As it is meant to be.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
