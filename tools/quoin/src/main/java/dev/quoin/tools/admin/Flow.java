package dev.quoin.tools.admin;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends many answers at the speed of the receiver: gRPC would else keep all of them in memory.
 *
 * <p>The answers are made on a thread of their own: gRPC says that there is room again only after the method that received the
 * call has returned.
 */
final class Flow<R> {

    private final ServerCallStreamObserver<R> reply;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Makes the answers. */
    @FunctionalInterface
    interface Source<R> {
        /** Sends all answers. */
        void sendTo(Flow<R> flow) throws Fault;
    }

    /** Answers a call, to be called in the method that received it. */
    static <R> void answer(ServerCallStreamObserver<R> reply, Source<R> source) {
        var flow = new Flow<R>(reply);
        Thread.ofVirtual()
                .name("admin-flow")
                .start(() -> Calls.run(reply, () -> {
                    source.sendTo(flow);
                    reply.onCompleted();
                }));
    }

    private Flow(ServerCallStreamObserver<R> reply) {
        this.reply = reply;
        reply.setOnReadyHandler(this::wake);
        reply.setOnCancelHandler(this::wake);
        reply.setOnCloseHandler(this::wake);
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends an answer when the receiver has room for it. Blocking.
     *
     * @throws Fault if the caller is gone
     */
    void send(R answer) throws Fault {
        lock.lock();
        try {
            while (!reply.isReady() && !reply.isCancelled()) {
                changed.await();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw gone();
        } finally {
            lock.unlock();
        }
        if (reply.isCancelled()) {
            throw gone();
        }
        reply.onNext(answer);
    }

    private static Fault gone() {
        return new Fault(ExitCode.INTERRUPTED, "call", "the caller is gone", "nothing is to be done");
    }
}
