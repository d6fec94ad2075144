package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** A {@link KilledArrayMain} that runs, and what it has said. */
final class KilledProcess implements AutoCloseable {

    private static final long SECONDS_MAX = 60;

    private final Process process;
    private final Path errors;
    private final Thread reader;
    private final NumberedBlocks blocks;
    private boolean started;
    private boolean over;
    private boolean working;
    private boolean ended;
    private long recordedBands;
    private long doneBytes;
    private long totalBytes = 1;
    private int writes;

    KilledProcess(KilledArrayMain.Job job, long seed, int areaBlocks, NumberedBlocks blocks, List<Path> devices)
            throws IOException {
        this.blocks = blocks;
        this.errors = Files.createTempFile(devices.getFirst().getParent(), "errors", ".txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KilledArrayMain.class.getName(),
                job.name(),
                Long.toString(seed),
                Integer.toString(areaBlocks),
                Long.toString(blocks.next())));
        devices.forEach(device -> command.add(device.toString()));
        process = new ProcessBuilder(command)
                .redirectError(new File(errors.toString()))
                .start();
        reader = Thread.ofPlatform().name("said").start(this::read);
    }

    private void read() {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line.split(" "));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            synchronized (this) {
                over = true;
                notifyAll();
            }
        }
    }

    private synchronized void take(String[] words) {
        switch (words[0]) {
            case "start" -> started = true;
            case "open" -> recordedBands = Long.parseLong(words[1]);
            case "begin" -> blocks.begins(number(words[1]), number(words[2]), Long.parseLong(words[3]));
            case "done" -> {
                blocks.isAcknowledged(number(words[1]), number(words[2]), Long.parseLong(words[3]));
                writes++;
            }
            case "work" -> working = true;
            case "progress" -> {
                doneBytes = Long.parseLong(words[1]);
                totalBytes = Long.parseLong(words[2]);
            }
            case "end" -> ended = true;
            default -> throw new IllegalStateException(String.join(" ", words));
        }
        notifyAll();
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    /** Waits until so many writes are acknowledged; with 0 only until the array is about to be started. */
    void awaitWrites(int count) throws Exception {
        await(() -> started && writes >= count, count + " writes");
    }

    /** Waits until its job has begun. */
    void awaitWork() throws Exception {
        await(() -> working, "work");
    }

    /** Waits until its job is so far, or has ended. */
    void awaitProgress(double share) throws Exception {
        await(() -> ended || doneBytes >= share * totalBytes, "progress " + share);
    }

    private synchronized void await(BooleanSupplier condition, String what) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!condition.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            assertThat(over || left <= 0)
                    .as("%s expected; it said %s", what, Files.readString(errors))
                    .isFalse();
            wait(left);
        }
    }

    /** Kills it at some moment of so many microseconds from now, with signal 9, and takes in all that it had said. */
    void kill(RandomGenerator random, int micros) throws Exception {
        // Any moment will do.
        TimeUnit.MICROSECONDS.sleep(random.nextInt(micros));
        assertThat(process.isAlive())
                .as("alive until it is killed; it said %s", Files.readString(errors))
                .isTrue();
        close();
        assertThat(process.exitValue()).isEqualTo(128 + 9);
        assertThat(Files.readString(errors)).isEmpty();
    }

    /** The band at which it went on with a rebuild; -1 if there was none. */
    synchronized long recordedBands() {
        return recordedBands;
    }

    /** How far it said that its job is, in bytes of a member. */
    synchronized long doneBytes() {
        return doneBytes;
    }

    @Override
    public void close() {
        // Process.destroyForcibly would close the pipe too, with what is in it.
        process.toHandle().destroyForcibly();
        try {
            process.waitFor();
            reader.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the process ends", interrupted);
        }
    }
}
