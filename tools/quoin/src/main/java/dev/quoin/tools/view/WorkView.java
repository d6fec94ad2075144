package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.ScrubCounts;
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
            case TABLE -> terminal.out().print(text(report));
            case JSON -> terminal.out().println(Json.line(document(report)));
        }
    }

    private static String text(WorkReport report) {
        if (report.getSizeBytes() > 0) {
            return report.getWork() + " " + report.getObject() + ": done, " + ByteSize.format(report.getDoneBytes())
                    + " more in " + TimeSpan.format(Duration.ofMillis(report.getTookMillis())) + ", "
                    + ByteSize.format(report.getSizeBytes()) + " now\n";
        }
        String line = report.getWork() + " " + report.getObject()
                + (report.getStopped() ? ": stopped before its end, " : ": done, ")
                + ByteSize.format(report.getDoneBytes()) + " in "
                + TimeSpan.format(Duration.ofMillis(report.getTookMillis())) + ", " + report.getRepairedBlocks()
                + " blocks repaired, " + report.getBadBlocks() + " blocks lost\n";
        return report.hasScrub() ? line + causes(report.getScrub()) : line;
    }

    private static String causes(ScrubCounts counts) {
        String line = (counts.getCheckOnly() ? "checked only" : "found") + ": " + counts.getDataChecksums()
                + " data checksums, " + counts.getParityChecksums() + " parity checksums, " + counts.getReadErrors()
                + " read errors, " + counts.getParityMismatches() + " mismatches; " + counts.getUnrepairable()
                + " unrepairable\n";
        return counts.getFromBytes() == 0
                ? line
                : line + "went on at " + ByteSize.format(counts.getFromBytes())
                        + " of each member; what it had found before is in the events\n";
    }

    private static ObjectNode document(WorkReport report) {
        ObjectNode document = Json.document("WorkReport")
                .put("work", report.getWork())
                .put("object", report.getObject())
                .put("doneBytes", report.getDoneBytes())
                .put("repairedBlocks", report.getRepairedBlocks())
                .put("badBlocks", report.getBadBlocks())
                .put("tookMillis", report.getTookMillis())
                .put("stopped", report.getStopped());
        if (report.hasScrub()) {
            ScrubCounts counts = report.getScrub();
            document.put("checkOnly", counts.getCheckOnly())
                    .put("dataChecksums", counts.getDataChecksums())
                    .put("parityChecksums", counts.getParityChecksums())
                    .put("readErrors", counts.getReadErrors())
                    .put("parityMismatches", counts.getParityMismatches())
                    .put("unrepairable", counts.getUnrepairable())
                    .put("fromBytes", counts.getFromBytes())
                    .put("toBytes", counts.getToBytes());
        }
        return report.getSizeBytes() > 0 ? document.put("sizeBytes", report.getSizeBytes()) : document;
    }
}
