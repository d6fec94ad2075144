package dev.quoin.dlm.server;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A client whose traffic goes through a relay that can go silent, as a broken network does. */
final class CutOffClient implements AutoCloseable {

    private final ServerSocket relay;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final LockClient client;
    private volatile boolean silent;

    CutOffClient(Cluster cluster, String node, Duration lease) throws IOException {
        relay = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        target = Addresses.parse(cluster.members.getFirst().clientAddress()).getPort();
        Thread.ofVirtual().start(this::accept);
        cluster.awaitLeader();
        client =
                DlmClient.connect(DlmClientConfig.of(node, List.of("127.0.0.1:" + relay.getLocalPort()), Security.off())
                        .lease(lease)
                        .supersede(false));
    }

    LockClient client() {
        return client;
    }

    /** From now on nothing comes through, and nobody is told. */
    void cutOff() {
        silent = true;
    }

    private void accept() {
        try {
            while (true) {
                Socket in = relay.accept();
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
                if (!silent) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException closed) {
            // One side has gone; the other goes too.
        }
    }

    @Override
    public void close() throws IOException {
        relay.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        client.close();
    }
}
