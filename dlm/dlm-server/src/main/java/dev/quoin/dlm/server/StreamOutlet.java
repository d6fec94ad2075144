package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.Redirect;
import dev.quoin.dlm.proto.ServerFrame;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** The way back to one client process: frames wait here while the connection is full. Any thread may use it. */
final class StreamOutlet implements ClientOutlet {

    /** A client that is this far behind is cut off; it comes back and asks for what it missed. */
    private static final long WAITING_BYTES_MAX = 32L << 20;

    private final Caller caller;
    private final ServerCallStreamObserver<ServerFrame> stream;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<ServerFrame> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean closed;

    StreamOutlet(Caller caller, ServerCallStreamObserver<ServerFrame> stream) {
        this.caller = caller;
        this.stream = stream;
        stream.setOnReadyHandler(this::drain);
    }

    @Override
    public Caller caller() {
        return caller;
    }

    @Override
    public void send(ServerFrame frame) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (waiting.isEmpty() && stream.isReady()) {
                stream.onNext(frame);
                return;
            }
            waiting.add(frame);
            waitingBytes += frame.getSerializedSize();
            if (waitingBytes > WAITING_BYTES_MAX) {
                closed = true;
                waiting.clear();
                stream.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription("more than " + WAITING_BYTES_MAX + " bytes wait for this client")
                        .asRuntimeException());
                return;
            }
            drain();
        } finally {
            lock.unlock();
        }
    }

    private void drain() {
        lock.lock();
        try {
            while (!closed && !waiting.isEmpty() && stream.isReady()) {
                ServerFrame frame = waiting.remove();
                waitingBytes -= frame.getSerializedSize();
                stream.onNext(frame);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void redirect(List<String> leader) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            waiting.clear();
            stream.onNext(ServerFrame.newBuilder()
                    .setRedirect(Redirect.newBuilder()
                            .setLeader(leader.isEmpty() ? "" : leader.getFirst())
                            .addAllAddresses(leader))
                    .build());
            stream.onCompleted();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void gone() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
        } finally {
            lock.unlock();
        }
    }
}
