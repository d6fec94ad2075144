package dev.quoin.tools.admin;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers calls: with what was asked for, or with the fault. */
final class Calls {

    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private Calls() {}

    /** Makes one answer. */
    @FunctionalInterface
    interface Answer<R> {
        /** Does what was asked and says what came of it. */
        R make() throws Fault;
    }

    /** Makes many answers. */
    @FunctionalInterface
    interface Work {
        /** Does what was asked, and answers by itself. */
        void run() throws Fault;
    }

    static <R> void answer(StreamObserver<R> reply, Answer<R> answer) {
        run(reply, () -> {
            reply.onNext(answer.make());
            reply.onCompleted();
        });
    }

    static void run(StreamObserver<?> reply, Work work) {
        try {
            work.run();
        } catch (Fault fault) {
            LOG.info("refused object=\"{}\" code={} message=\"{}\"", fault.object(), fault.code(), fault.message());
            reply.onError(FaultCodec.encode(fault));
        } catch (RuntimeException defect) {
            // A mistake of ours in one call: the node goes on, the caller and the log are told.
            LOG.error("call failed", defect);
            reply.onError(FaultCodec.encode(bug(defect)));
        }
    }

    static Fault bug(Throwable defect) {
        return new Fault(
                ExitCode.BUG, "node", "a mistake in quoin itself: " + defect, "report it with the node's log", defect);
    }
}
