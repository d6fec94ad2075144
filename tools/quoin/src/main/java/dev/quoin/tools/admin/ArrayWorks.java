package dev.quoin.tools.admin;

import dev.quoin.admin.proto.Progress;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.RebuildReport;
import dev.quoin.raid.ScrubReport;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Arrays;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** The long works on arrays, with their progress. A caller who goes away does not end the work. */
final class ArrayWorks {

    private static final long REPORT_MILLIS = 100;

    private final Arrays arrays;

    ArrayWorks(Arrays arrays) {
        this.arrays = arrays;
    }

    void rebuild(String array, ServerCallStreamObserver<WorkEvent> reply) {
        var latest = new AtomicReference<>(Progress.getDefaultInstance());
        Flow.answer(
                reply,
                flow -> follow(
                        flow,
                        array,
                        latest,
                        arrays.rebuild(array, (done, total) -> latest.set(progress(done, total))),
                        report -> rebuilt(array, report)));
    }

    void scrub(String array, ServerCallStreamObserver<WorkEvent> reply) {
        var latest = new AtomicReference<>(Progress.getDefaultInstance());
        Flow.answer(
                reply,
                flow -> follow(
                        flow,
                        array,
                        latest,
                        arrays.scrub(array, (done, total) -> latest.set(progress(done, total))),
                        report -> scrubbed(array, report)));
    }

    /** Sends how far it is, from time to time, and in the end what it came to. */
    private static <T> void follow(
            Flow<WorkEvent> flow,
            String array,
            AtomicReference<Progress> latest,
            CompletableFuture<T> work,
            Function<T, WorkReport> report)
            throws Fault {
        Progress sent = Progress.getDefaultInstance();
        while (true) {
            try {
                T done = work.get(REPORT_MILLIS, TimeUnit.MILLISECONDS);
                Progress last = latest.get();
                send(flow, last.toBuilder().setDoneBytes(last.getTotalBytes()).build());
                flow.send(WorkEvent.newBuilder().setReport(report.apply(done)).build());
                return;
            } catch (TimeoutException working) {
                Progress now = latest.get();
                if (!now.equals(sent)) {
                    send(flow, now);
                    sent = now;
                }
            } catch (ExecutionException failure) {
                throw explain(array, failure.getCause());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new Fault(ExitCode.INTERRUPTED, "array " + array, "interrupted", "ask again", interrupted);
            }
        }
    }

    private static void send(Flow<WorkEvent> flow, Progress progress) throws Fault {
        flow.send(WorkEvent.newBuilder().setProgress(progress).build());
    }

    private static Progress progress(long done, long total) {
        return Progress.newBuilder().setDoneBytes(done).setTotalBytes(total).build();
    }

    private static Fault explain(String array, Throwable cause) {
        if (!(cause instanceof DeviceException failure)) {
            return Calls.bug(cause);
        }
        ExitCode code = failure.code() == DeviceException.Code.UNSUPPORTED ? ExitCode.CONFLICT : ExitCode.FAILED;
        return new Fault(
                code, "array " + array, String.valueOf(failure.getMessage()), "quoin array show " + array, failure);
    }

    private static WorkReport rebuilt(String array, RebuildReport report) {
        return WorkReport.newBuilder()
                .setWork("rebuild")
                .setObject(array)
                .setDoneBytes(report.bytesWritten() + report.bytesSkipped())
                .setBadBlocks(report.blocksLost())
                .setTookMillis(report.nanos() / 1_000_000)
                .build();
    }

    private static WorkReport scrubbed(String array, ScrubReport report) {
        return WorkReport.newBuilder()
                .setWork("scrub")
                .setObject(array)
                .setDoneBytes(report.blocksChecked() * report.blockBytes())
                .setRepairedBlocks(report.repaired())
                .setBadBlocks(report.unrepairable() + report.parityMismatches())
                .setTookMillis(report.nanos() / 1_000_000)
                .build();
    }
}
