package dev.quoin.iscsi.jscsi;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.LunField;
import dev.quoin.iscsi.wire.Opcode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A portal that writes another logical unit number into each request and passes everything else on as it is: jSCSI's initiator
 * knows unit 0 only. For sessions without digests.
 */
final class LunRelay implements AutoCloseable {

    private final ServerSocket server;
    private final int targetPort;
    private final long lun;
    private final List<Socket> sockets = new ArrayList<>();

    LunRelay(int targetPort, int unit) throws IOException {
        this.server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        this.targetPort = targetPort;
        this.lun = LunField.encode(unit);
        Thread.ofVirtual().name("lun-relay").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket initiator = open(server.accept());
                Socket target = open(new Socket(InetAddress.getLoopbackAddress(), targetPort));
                start(() -> requests(initiator.getInputStream(), target.getOutputStream()), initiator, target);
                start(() -> target.getInputStream().transferTo(initiator.getOutputStream()), initiator, target);
            }
        } catch (IOException closed) {
            close();
        }
    }

    private Socket open(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        synchronized (sockets) {
            sockets.add(socket);
        }
        return socket;
    }

    private interface Direction {
        void run() throws IOException;
    }

    private static void start(Direction direction, Socket one, Socket other) {
        Thread.ofVirtual().start(() -> {
            try (one;
                    other) {
                direction.run();
            } catch (IOException ended) {
                // The other direction ends with this one.
            }
        });
    }

    private void requests(InputStream in, OutputStream out) throws IOException {
        while (true) {
            byte[] header = in.readNBytes(Bhs.LENGTH);
            if (header.length < Bhs.LENGTH) {
                return;
            }
            ByteBuffer buffer = ByteBuffer.wrap(header);
            int opcode = Bhs.opcode(buffer, 0);
            if (opcode == Opcode.SCSI_COMMAND || opcode == Opcode.DATA_OUT) {
                buffer.putLong(8, lun);
            }
            out.write(header);
            out.write(in.readNBytes(Bhs.ahsLength(buffer, 0) + Bhs.padded(Bhs.dataLength(buffer, 0))));
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            synchronized (sockets) {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        } catch (IOException gone) {
            throw new IllegalStateException("closing the sockets of a relay", gone);
        }
    }
}
