package dev.quoin.tools.view;

import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.time.Duration;

/** What a rebuild or a scrub came to. */
public final class WorkView {

    private WorkView() {}

    /** Prints a line for people, or a line of JSON behind those of the progress. */
    public static void print(Terminal terminal, OutputFormat format, WorkReport report) {
        switch (format) {
            case TABLE ->
                terminal.out()
                        .println(report.getWork() + " " + report.getObject() + ": done, "
                                + ByteSize.format(report.getDoneBytes()) + " in "
                                + TimeSpan.format(Duration.ofMillis(report.getTookMillis())) + ", "
                                + report.getRepairedBlocks() + " blocks repaired, " + report.getBadBlocks()
                                + " blocks lost");
            case JSON ->
                terminal.out()
                        .println(Json.line(Json.document("WorkReport")
                                .put("work", report.getWork())
                                .put("object", report.getObject())
                                .put("doneBytes", report.getDoneBytes())
                                .put("repairedBlocks", report.getRepairedBlocks())
                                .put("badBlocks", report.getBadBlocks())
                                .put("tookMillis", report.getTookMillis())));
        }
    }
}
