package dev.quoin.tools.admin;

import dev.quoin.admin.proto.Progress;
import dev.quoin.admin.proto.ScrubArrayRequest;
import dev.quoin.admin.proto.ScrubCounts;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.BackgroundWork;
import dev.quoin.raid.BackgroundWork.Kind;
import dev.quoin.raid.GrowReport;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RebuildReport;
import dev.quoin.raid.ScrubMode;
import dev.quoin.raid.ScrubReport;
import dev.quoin.raid.WorkLimits;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.ArrayUpkeep;
import dev.quoin.tools.node.Arrays;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/** The long works on arrays, with their progress. A caller who goes away does not end the work. */
final class ArrayWorks {

    private static final long REPORT_MILLIS = 100;

    private final Arrays arrays;
    private final ArrayUpkeep upkeep;

    ArrayWorks(Arrays arrays, ArrayUpkeep upkeep) {
        this.arrays = arrays;
        this.upkeep = upkeep;
    }

    void rebuild(String array, ServerCallStreamObserver<WorkEvent> reply) {
        Flow.answer(reply, flow -> rebuild(array, flow));
    }

    private void rebuild(String array, Flow<WorkEvent> flow) throws Fault {
        RaidArray target = arrays.get(array);
        follow(
                flow,
                array,
                () -> progress(array, target, Kind.REBUILD),
                target.rebuild(dev.quoin.raid.Progress.NONE),
                report -> rebuilt(array, report));
    }

    void scrub(ScrubArrayRequest request, ServerCallStreamObserver<WorkEvent> reply) {
        String array = request.getArray();
        ScrubMode mode = request.getCheckOnly() ? ScrubMode.CHECK : ScrubMode.REPAIR;
        Flow.answer(reply, flow -> {
            RaidArray target = arrays.get(array);
            follow(
                    flow,
                    array,
                    () -> progress(array, target, Kind.SCRUB),
                    upkeep.scrub(array, target, mode),
                    report -> scrubbed(array, report));
        });
    }

    /** Stops a scrub and waits for its end. Blocking. */
    WorkReport stopScrub(String array) throws Fault {
        try {
            return scrubbed(array, upkeep.stopScrub(array, arrays.get(array)).get());
        } catch (ExecutionException failure) {
            throw explain(array, failure.getCause());
        } catch (InterruptedException interrupted) {
            throw interrupted(array, interrupted);
        }
    }

    /** What runs on an array. */
    static List<Progress> works(String array, RaidArray target) {
        return target.works().stream().map(work -> message(array, work)).toList();
    }

    /** Makes an array larger, of new room or with one member more, or gives it one leg more and fills that. */
    void grow(String array, String add, ServerCallStreamObserver<WorkEvent> reply) {
        var latest = new AtomicReference<>(Progress.getDefaultInstance());
        Flow.answer(reply, flow -> {
            boolean isLeg = !add.isEmpty() && arrays.addRole(array, add);
            if (isLeg) {
                rebuild(array, flow);
            } else {
                follow(
                        flow,
                        array,
                        () -> Optional.of(latest.get()),
                        arrays.grow(array, (done, total) -> latest.set(growing(array, done, total))),
                        report -> grown(array, report));
            }
        });
    }

    /** Sends how far it is, from time to time, and in the end what it came to. */
    private static <T> void follow(
            Flow<WorkEvent> flow,
            String array,
            Supplier<Optional<Progress>> now,
            CompletableFuture<T> work,
            Function<T, WorkReport> report)
            throws Fault {
        Progress sent = Progress.getDefaultInstance();
        while (true) {
            try {
                WorkReport done = report.apply(work.get(REPORT_MILLIS, TimeUnit.MILLISECONDS));
                if (!done.getStopped()) {
                    // What a work that was too short to be seen has behind it is what it was to do.
                    long total = Math.max(1, sent.getTotalBytes());
                    send(
                            flow,
                            sent.toBuilder()
                                    .setDoneBytes(total)
                                    .setTotalBytes(total)
                                    .build());
                }
                flow.send(WorkEvent.newBuilder().setReport(done).build());
                return;
            } catch (TimeoutException working) {
                Optional<Progress> far = now.get();
                if (far.isPresent() && !far.get().equals(sent)) {
                    sent = far.get();
                    send(flow, sent);
                }
            } catch (ExecutionException failure) {
                throw explain(array, failure.getCause());
            } catch (InterruptedException interrupted) {
                throw interrupted(array, interrupted);
            }
        }
    }

    private static Fault interrupted(String array, InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new Fault(ExitCode.INTERRUPTED, "array " + array, "interrupted", "ask again", interrupted);
    }

    private static void send(Flow<WorkEvent> flow, Progress progress) throws Fault {
        flow.send(WorkEvent.newBuilder().setProgress(progress).build());
    }

    private static Optional<Progress> progress(String array, RaidArray target, Kind kind) {
        return target.works().stream()
                .filter(work -> work.kind() == kind)
                .map(work -> message(array, work))
                .findFirst();
    }

    private static Progress growing(String array, long done, long total) {
        return Progress.newBuilder()
                .setDoneBytes(done)
                .setTotalBytes(total)
                .setArray(array)
                .setWork("grow")
                .build();
    }

    private static Progress message(String array, BackgroundWork work) {
        return Progress.newBuilder()
                .setDoneBytes(work.doneBytes())
                .setTotalBytes(work.totalBytes())
                .setArray(array)
                .setWork(work.kind().name().toLowerCase(Locale.ROOT))
                .setRateLimit(work.rateLimit() == WorkLimits.UNLIMITED ? 0 : work.rateLimit())
                .build();
    }

    private static Fault explain(String array, Throwable thrown) {
        // A stage behind the work wraps what it failed with.
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
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

    private static WorkReport grown(String array, GrowReport report) {
        return WorkReport.newBuilder()
                .setWork("grow")
                .setObject(array)
                .setDoneBytes(report.sizeBytes() - report.sizeBefore())
                .setSizeBytes(report.sizeBytes())
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
                .setStopped(!report.isComplete())
                .setScrub(ScrubCounts.newBuilder()
                        .setCheckOnly(report.mode() == ScrubMode.CHECK)
                        .setDataChecksums(report.dataChecksums())
                        .setParityChecksums(report.parityChecksums())
                        .setReadErrors(report.readErrors())
                        .setParityMismatches(report.parityMismatches())
                        .setUnrepairable(report.unrepairable())
                        .setFromBytes(report.fromBytes())
                        .setToBytes(report.toBytes()))
                .build();
    }
}
