package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
            case TABLE -> terminal.out().println(line(report));
            case JSON -> terminal.out().println(Json.line(document(report)));
        }
    }

    private static String line(WorkReport report) {
        String done = report.getWork() + " " + report.getObject() + ": done, ";
        String took = TimeSpan.format(Duration.ofMillis(report.getTookMillis()));
        return report.getSizeBytes() > 0
                ? done + ByteSize.format(report.getDoneBytes()) + " more in " + took + ", "
                        + ByteSize.format(report.getSizeBytes()) + " now"
                : done + ByteSize.format(report.getDoneBytes()) + " in " + took + ", " + report.getRepairedBlocks()
                        + " blocks repaired, " + report.getBadBlocks() + " blocks lost";
    }

    private static ObjectNode document(WorkReport report) {
        ObjectNode document = Json.document("WorkReport")
                .put("work", report.getWork())
                .put("object", report.getObject())
                .put("doneBytes", report.getDoneBytes())
                .put("repairedBlocks", report.getRepairedBlocks())
                .put("badBlocks", report.getBadBlocks())
                .put("tookMillis", report.getTookMillis());
        return report.getSizeBytes() > 0 ? document.put("sizeBytes", report.getSizeBytes()) : document;
    }
}
