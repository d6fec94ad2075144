package dev.quoin.dlm.server;

import com.google.protobuf.UnsafeByteOperations;
import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.proto.FetchStateRequest;
import dev.quoin.dlm.proto.StateChunk;
import dev.quoin.dlm.proto.StateRecord;
import dev.quoin.dlm.raft.LogPosition;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.store.StateStore;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/** Sends a peer's last snapshot to another peer, whole and checked. Its methods block. */
final class StateTransfer {

    private static final int CHUNK_BYTES = 512 << 10;
    private static final long SEND_WAIT_SECONDS = 30;

    /** While there is nothing to send yet, the sender says so often that it is alive. */
    private static final long ALIVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A sender that says nothing for so long is given up: another may lead, and this peer may be needed for its majority. */
    private static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    private static final long LOOK_MILLIS = 500;
    private static final long FETCH_SECONDS_MAX = 600;
    private static final Table[] TABLES = Table.values();

    private StateTransfer() {}

    private static void update(CRC32C crc, StateRecord record) {
        crc.update(record.getTable());
        record.getKey().asReadOnlyByteBufferList().forEach(crc::update);
        record.getValue().asReadOnlyByteBufferList().forEach(crc::update);
    }

    /** Where a state goes. Made in the call itself: gRPC takes no handlers afterwards. */
    static final class Destination {

        private final ServerCallStreamObserver<StateChunk> stream;
        private final Object ready = new Object();
        private long saidNanos = System.nanoTime();

        Destination(ServerCallStreamObserver<StateChunk> stream) {
            this.stream = stream;
            stream.setOnCancelHandler(this::wake);
            stream.setOnReadyHandler(this::wake);
        }

        private void wake() {
            synchronized (ready) {
                ready.notifyAll();
            }
        }

        /** The state is not there yet, but its sender is. To be called often, by the thread that sends. */
        void stillAlive() {
            if (System.nanoTime() - saidNanos > ALIVE_NANOS && stream.isReady()) {
                stream.onNext(StateChunk.getDefaultInstance());
                saidNanos = System.nanoTime();
            }
        }

        void fail(Throwable why) {
            stream.onError(Status.UNAVAILABLE
                    .withDescription(String.valueOf(why.getMessage()))
                    .asRuntimeException());
        }
    }

    /** Sends all records of the store's snapshot. */
    static void send(StateStore store, Destination destination) throws IOException {
        ServerCallStreamObserver<StateChunk> to = destination.stream;
        Object ready = destination.ready;
        CRC32C crc = new CRC32C();
        StateChunk.Builder chunk = StateChunk.newBuilder();
        long[] sizes = new long[2];
        LogPosition at = store.export((table, key, value) -> {
            StateRecord record = StateRecord.newBuilder()
                    .setTable(table.ordinal())
                    .setKey(UnsafeByteOperations.unsafeWrap(key))
                    .setValue(UnsafeByteOperations.unsafeWrap(value))
                    .build();
            update(crc, record);
            chunk.addRecords(record);
            sizes[0]++;
            sizes[1] += record.getSerializedSize();
            if (sizes[1] >= CHUNK_BYTES) {
                awaitReady(to, ready);
                to.onNext(chunk.build());
                chunk.clear();
                sizes[1] = 0;
            }
        });
        to.onNext(chunk.setTerm(at.term())
                .setIndex(at.index())
                .setLast(true)
                .setCount(sizes[0])
                .setCrc32C((int) crc.getValue())
                .build());
        to.onCompleted();
    }

    private static void awaitReady(ServerCallStreamObserver<StateChunk> to, Object ready) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SEND_WAIT_SECONDS);
        synchronized (ready) {
            while (!to.isReady()) {
                if (to.isCancelled() || System.nanoTime() - deadline > 0) {
                    throw new IOException("the peer that asked for the state has gone or is too slow");
                }
                try {
                    ready.wait(100);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while sending the state", interrupted);
                }
            }
        }
    }

    /**
     * Fetches the snapshot of the peer whose clients' address this is, and puts it in the place of the machine's own. Until all of it has come and
     * is as it was sent, nothing changes.
     */
    static LogPosition fetch(
            String address,
            long indexMin,
            Security security,
            StateStore store,
            CoreMachine machine,
            ScheduledExecutorService timer)
            throws IOException {
        ManagedChannel channel = NettyChannelBuilder.forAddress(Addresses.parse(address), GrpcSecurity.toPeer(security))
                .build();
        AtomicLong heardNanos = new AtomicLong(System.nanoTime());
        Future<?> watch = timer.scheduleWithFixedDelay(
                () -> {
                    if (System.nanoTime() - heardNanos.get() > SILENCE_NANOS_MAX) {
                        channel.shutdownNow();
                    }
                },
                LOOK_MILLIS,
                LOOK_MILLIS,
                TimeUnit.MILLISECONDS);
        try (StateStore.Replacement replacement = store.replacement()) {
            Iterator<StateChunk> chunks = DlmGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(FETCH_SECONDS_MAX, TimeUnit.SECONDS)
                    .fetchState(
                            FetchStateRequest.newBuilder().setIndexMin(indexMin).build());
            LogPosition at = take(heard(chunks, heardNanos), replacement.sink(), address);
            watch.cancel(false);
            if (at.index() < indexMin) {
                throw new IOException(
                        "the state at " + address + " is as of " + at.index() + ", " + indexMin + " or later expected");
            }
            machine.replace(at, replacement);
            return at;
        } catch (StatusRuntimeException failure) {
            throw new IOException("the state could not be fetched from " + address, failure);
        } finally {
            watch.cancel(false);
            channel.shutdownNow();
        }
    }

    /** The same, noting when each came. */
    private static Iterator<StateChunk> heard(Iterator<StateChunk> chunks, AtomicLong heardNanos) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                boolean more = chunks.hasNext();
                heardNanos.set(System.nanoTime());
                return more;
            }

            @Override
            public StateChunk next() {
                return chunks.next();
            }
        };
    }

    /**
     * Hands on what comes.
     *
     * @throws IOException if it is not whole; what was handed on must not be used then
     */
    static LogPosition take(Iterator<StateChunk> chunks, StateSink to, String address) throws IOException {
        CRC32C crc = new CRC32C();
        long count = 0;
        StateChunk chunk = StateChunk.getDefaultInstance();
        while (!chunk.getLast() && chunks.hasNext()) {
            chunk = chunks.next();
            for (StateRecord record : chunk.getRecordsList()) {
                if (record.getTable() < 0 || record.getTable() >= TABLES.length) {
                    throw new IOException("a record of table " + record.getTable() + " came from " + address
                            + ": it is of a newer version, update this peer");
                }
                update(crc, record);
                to.put(
                        TABLES[record.getTable()],
                        record.getKey().toByteArray(),
                        record.getValue().toByteArray());
                count++;
            }
        }
        if (!chunk.getLast() || chunk.getCount() != count || chunk.getCrc32C() != (int) crc.getValue()) {
            throw new IOException("the state came damaged from " + address + ": " + count + " records found, "
                    + chunk.getCount() + " expected; it will be fetched again");
        }
        return new LogPosition(chunk.getTerm(), chunk.getIndex());
    }
}
