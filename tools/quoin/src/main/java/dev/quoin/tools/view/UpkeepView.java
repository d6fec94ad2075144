package dev.quoin.tools.view;

import dev.quoin.admin.proto.ArrayEventInfo;
import dev.quoin.admin.proto.UpkeepInfo;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** How a node looks after arrays, and what happened to them. */
public final class UpkeepView {

    /** Limits and schedule of one array. */
    public static final Listing<UpkeepInfo> UPKEEP = Listing.<UpkeepInfo>of("ArrayUpkeep")
            .text("ARRAY", "name", UpkeepInfo::getArray)
            .size("MINIMUM/S", "minBytesPerSecond", UpkeepInfo::getMinBytes)
            .size("MAXIMUM/S", "maxBytesPerSecond", upkeep -> upkeep.getMaxBytes() > 0, UpkeepInfo::getMaxBytes)
            .number("LATENCY-MS", "latencyMillis", UpkeepInfo::getLatencyMillis)
            .text("SCRUB", "scrub", UpkeepView::schedule)
            .text("LAST-SCRUB", "scrubbedAt", upkeep -> moment(upkeep.getScrubbedAt()))
            .text("NEXT-SCRUB", "nextScrubAt", upkeep -> moment(upkeep.getNextScrubAt()))
            .text("WORK", "work", UpkeepView::works);

    /** Events, one a line. */
    public static final Listing<ArrayEventInfo> EVENTS = Listing.<ArrayEventInfo>of("ArrayEvent")
            .number("INDEX", "index", ArrayEventInfo::getIndex)
            .time("TIME", "time", ArrayEventInfo::getAt)
            .text("ARRAY", "array", ArrayEventInfo::getArray)
            .text("EVENT", "event", ArrayEventInfo::getEvent)
            .number("MEMBER", "role", ArrayEventInfo::hasRole, ArrayEventInfo::getRole)
            .text("DETAIL", "detail", ArrayEventInfo::getDetail);

    private UpkeepView() {}

    /** Prints one array. */
    public static void print(Terminal terminal, OutputFormat format, UpkeepInfo upkeep) {
        switch (format) {
            case TABLE -> terminal.out().print(UPKEEP.detail(upkeep));
            case JSON -> terminal.out().println(Json.pretty(UPKEEP.document(upkeep)));
        }
    }

    /** Prints one event in one line. */
    public static void printEvent(Terminal terminal, OutputFormat format, ArrayEventInfo event) {
        switch (format) {
            case TABLE ->
                terminal.out()
                        .println(moment(event.getAt()) + "  " + event.getArray() + "  " + event.getEvent()
                                + (event.hasRole() ? "  member " + event.getRole() : "") + "  " + event.getDetail());
            case JSON -> terminal.out().println(Json.line(EVENTS.document(event)));
        }
    }

    private static String schedule(UpkeepInfo upkeep) {
        return upkeep.getScrubEveryMillis() == 0
                ? ""
                : "every " + TimeSpan.format(Duration.ofMillis(upkeep.getScrubEveryMillis()))
                        + (upkeep.getScrubCheckOnly() ? ", check only" : "");
    }

    private static String works(UpkeepInfo upkeep) {
        return String.join(
                ", ",
                upkeep.getWorksList().stream()
                        .map(work -> work.getWork() + " "
                                + work.getDoneBytes() * 100 / Math.max(1, work.getTotalBytes()) + " %"
                                + (work.getRateLimit() == 0
                                        ? ""
                                        : " at most " + ByteSize.format(work.getRateLimit()) + "/s"))
                        .toList());
    }

    private static String moment(long millis) {
        return millis == 0
                ? ""
                : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
