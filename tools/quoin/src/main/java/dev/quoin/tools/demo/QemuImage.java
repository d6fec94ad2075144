package dev.quoin.tools.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Lets {@code qemu-img}, with an initiator that we did not write, move an image. Blocking.
 *
 * @param portal as host:port
 * @param target the iSCSI name
 */
record QemuImage(String portal, String target, int lun) {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int OUTPUT_MAX = 64 * 1024;

    /**
     * Finds out whether {@code qemu-img} is here and can reach the disk over iSCSI.
     *
     * @throws Checklist.Skipped if it is not installed, or its iSCSI driver is not
     * @throws CheckFailure if it has the driver and cannot reach the disk
     */
    void require() throws Checklist.Skipped, CheckFailure, IOException, InterruptedException {
        Result info;
        try {
            info = run(List.of("info", "-f", "raw", url()));
        } catch (IOException missing) {
            throw new Checklist.Skipped("qemu-img is not installed (package qemu-utils)");
        }
        if (info.status() != 0) {
            String output = info.output();
            if (output.contains("Unknown protocol") || output.contains("Unknown driver") || output.contains("module")) {
                throw new Checklist.Skipped("qemu-img has no iSCSI driver (package qemu-block-extra)");
            }
            throw new CheckFailure("qemu-img info " + url() + ": " + output);
        }
    }

    /** Copies a file to the beginning of the disk. */
    void write(Path file) throws CheckFailure, IOException, InterruptedException {
        must("convert", "-n", "-f", "raw", "-O", "raw", file.toString(), url());
    }

    /** Compares the beginning of the disk with a file. */
    void compare(Path file) throws CheckFailure, IOException, InterruptedException {
        String disk = "{\"driver\":\"raw\",\"size\":" + Files.size(file)
                + ",\"file\":{\"driver\":\"iscsi\",\"transport\":\"tcp\",\"portal\":\"" + portal + "\",\"target\":\""
                + target + "\",\"lun\":" + lun + "}}";
        must("compare", "-f", "raw", file.toString(), "json:" + disk);
    }

    private String url() {
        return "iscsi://" + portal + "/" + target + "/" + lun;
    }

    private static void must(String... arguments) throws CheckFailure, IOException, InterruptedException {
        Result result = run(List.of(arguments));
        if (result.status() != 0) {
            throw new CheckFailure(
                    "qemu-img " + String.join(" ", arguments) + ": status " + result.status() + ", " + result.output());
        }
    }

    private record Result(int status, String output) {}

    private static Result run(List<String> arguments) throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of("qemu-img"));
        line.addAll(arguments);
        Path output = Files.createTempFile("quoin-qemu", ".txt");
        try {
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return new Result(-1, "no end after " + LIMIT);
            }
            byte[] bytes = Files.readAllBytes(output);
            return new Result(
                    process.exitValue(),
                    new String(bytes, 0, Math.min(bytes.length, OUTPUT_MAX), StandardCharsets.UTF_8).strip());
        } finally {
            Files.delete(output);
        }
    }
}
