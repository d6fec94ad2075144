package dev.quoin.tools.admin;

import dev.quoin.admin.proto.ArrayEventInfo;
import dev.quoin.admin.proto.ArrayNews;
import dev.quoin.admin.proto.ListArrayEventsReply;
import dev.quoin.admin.proto.Progress;
import dev.quoin.admin.proto.ScheduleScrubRequest;
import dev.quoin.admin.proto.SetWorkLimitsRequest;
import dev.quoin.admin.proto.UpkeepInfo;
import dev.quoin.admin.proto.WatchArraysRequest;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.ScrubMode;
import dev.quoin.raid.WorkLimits;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.ArrayEventLog;
import dev.quoin.tools.node.ArrayUpkeep;
import dev.quoin.tools.node.Arrays;
import dev.quoin.tools.node.Upkeep;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How a node looks after its arrays, as messages: limits, schedules, events. */
final class UpkeepAdmin {

    private static final long REPORT_MILLIS = 100;

    private final Arrays arrays;
    private final ArrayUpkeep upkeep;

    UpkeepAdmin(Arrays arrays, ArrayUpkeep upkeep) {
        this.arrays = arrays;
        this.upkeep = upkeep;
    }

    UpkeepInfo show(String array) throws Fault {
        RaidArray target = arrays.get(array);
        Upkeep found = upkeep.of(array);
        WorkLimits limits = target.limits();
        return UpkeepInfo.newBuilder()
                .setArray(array)
                .setMinBytes(limits.minBytesPerSecond())
                .setMaxBytes(limits.maxBytesPerSecond() == WorkLimits.UNLIMITED ? 0 : limits.maxBytesPerSecond())
                .setLatencyMillis(limits.latencyBound().toMillis())
                .setScrubEveryMillis(found.scrubEvery().toMillis())
                .setScrubCheckOnly(found.scrubMode() == ScrubMode.CHECK)
                .setScrubbedAt(found.scrubbedAt())
                .setNextScrubAt(found.nextScrub(InstantSource.system().millis()))
                .addAllWorks(ArrayWorks.works(array, target))
                .build();
    }

    UpkeepInfo limit(SetWorkLimitsRequest request) throws Fault {
        RaidArray target = arrays.get(request.getArray());
        WorkLimits now = target.limits();
        long max = request.hasMaxBytes() ? request.getMaxBytes() : now.maxBytesPerSecond();
        try {
            upkeep.limits(
                    request.getArray(),
                    target,
                    new WorkLimits(
                            request.hasMinBytes() ? request.getMinBytes() : now.minBytesPerSecond(),
                            max == 0 ? WorkLimits.UNLIMITED : max,
                            request.hasLatencyMillis()
                                    ? Duration.ofMillis(request.getLatencyMillis())
                                    : now.latencyBound()));
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw Fault.usage(
                    "array " + request.getArray(),
                    String.valueOf(invalid.getMessage()),
                    "see quoin array limits --help; now: quoin array limits " + request.getArray());
        }
        return show(request.getArray());
    }

    UpkeepInfo schedule(ScheduleScrubRequest request) throws Fault {
        arrays.get(request.getArray());
        upkeep.schedule(
                request.getArray(),
                Duration.ofMillis(request.getEveryMillis()),
                request.getCheckOnly() ? ScrubMode.CHECK : ScrubMode.REPAIR);
        return show(request.getArray());
    }

    ListArrayEventsReply events(String array, long after) {
        return ListArrayEventsReply.newBuilder()
                .addAllEvents(upkeep.events().after(after, array).stream()
                        .map(UpkeepAdmin::message)
                        .toList())
                .build();
    }

    /** Sends events as they come, and how far works are, until the caller goes away or nothing runs. */
    void watch(WatchArraysRequest request, ServerCallStreamObserver<ArrayNews> reply) {
        Flow.answer(reply, flow -> {
            ArrayEventLog log = upkeep.events();
            long index = request.hasAfter() ? request.getAfter() : log.newest();
            List<Progress> sent = List.of();
            while (!reply.isCancelled()) {
                List<Progress> works = works(request.getArray());
                for (ArrayEventLog.Entry entry : log.after(index, request.getArray())) {
                    flow.send(ArrayNews.newBuilder().setEvent(message(entry)).build());
                    index = entry.index();
                }
                for (Progress work : works) {
                    if (!sent.contains(work)) {
                        flow.send(ArrayNews.newBuilder().setProgress(work).build());
                    }
                }
                sent = works;
                if (works.isEmpty()
                        && request.getUntilIdle()
                        && log.after(index, request.getArray()).isEmpty()) {
                    return;
                }
                await(log, log.newest());
            }
        });
    }

    private static void await(ArrayEventLog log, long index) throws Fault {
        try {
            log.await(index, REPORT_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Fault(ExitCode.INTERRUPTED, "arrays", "interrupted", "ask again", interrupted);
        }
    }

    private List<Progress> works(String array) throws Fault {
        if (!array.isEmpty()) {
            return ArrayWorks.works(array, arrays.get(array));
        }
        List<Progress> works = new ArrayList<>();
        for (Map.Entry<String, RaidArray> each : arrays.all().entrySet()) {
            works.addAll(ArrayWorks.works(each.getKey(), each.getValue()));
        }
        return works;
    }

    private static ArrayEventInfo message(ArrayEventLog.Entry entry) {
        var message = ArrayEventInfo.newBuilder()
                .setIndex(entry.index())
                .setAt(entry.at())
                .setArray(entry.array())
                .setEvent(entry.name())
                .setDetail(entry.detail());
        if (entry.role() >= 0) {
            message.setRole(entry.role());
        }
        return message.build();
    }
}
