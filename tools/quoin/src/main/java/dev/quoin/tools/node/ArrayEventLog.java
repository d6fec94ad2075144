package dev.quoin.tools.node;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quoin.raid.ArrayEvent;
import dev.quoin.tools.output.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last {@link #EVENTS_MAX} events of the arrays of a node, numbered without a gap, in memory and in a file of the node's directory.
 *
 * <p>The file has one JSON object a line. It is written by a thread of its own, soon after the event and without a flush: a
 * process that is killed loses nothing that it wrote, a power cut may take the last ones.
 *
 * <p>Any thread. Adding does not wait for the file.
 */
public final class ArrayEventLog implements AutoCloseable {

    /** How many events are kept. */
    public static final int EVENTS_MAX = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(ArrayEventLog.class);

    /**
     * Something that happened.
     *
     * @param index counts the events of the node, from 1
     * @param at in milliseconds since 1970
     * @param name as {@link ArrayEvent.Type#title} gives it, {@code NewArray} or {@code DeviceDisappeared}
     * @param role the member concerned, -1 for the array as a whole
     */
    public record Entry(long index, long at, String array, String name, int role, String detail) {}

    private final Path file;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private final Thread writer;
    private long last;
    private long written;
    private int lines;
    private boolean closed;

    private ArrayEventLog(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
        load();
        this.written = last;
        this.writer = Thread.ofVirtual().name("array-events").start(this::writeAll);
    }

    /** Takes up what an earlier process left in the file. A line that it did not write to its end is left out. */
    static ArrayEventLog open(Path file, InstantSource clock) {
        return new ArrayEventLog(file, clock);
    }

    /** Keeps an event of an array. */
    void add(ArrayEvent event) {
        add(event.array(), event.type().title(), event.role(), event.detail());
    }

    /** Keeps an event of the node. */
    void add(String array, String name, int role, String detail) {
        lock.lock();
        try {
            last++;
            entries.add(new Entry(last, clock.millis(), array, name, role, detail));
            if (entries.size() > EVENTS_MAX) {
                entries.remove();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The index of the newest event; 0 if there is none. */
    public long newest() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The kept events with a higher index, oldest first.
     *
     * @param array of which; empty for all
     */
    public List<Entry> after(long index, String array) {
        lock.lock();
        try {
            return entries.stream()
                    .filter(entry -> entry.index() > index && (array.isEmpty() || array.equals(entry.array())))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is an event with a higher index, the log is closed, or the time is over. Blocking. */
    public void await(long index, long millis) throws InterruptedException {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lock();
        try {
            while (last <= index && left > 0 && !closed) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Writes what is not written yet. Blocking; idempotent. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            writer.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void load() {
        if (!Files.exists(file)) {
            return;
        }
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                lines++;
                keep(line);
            }
        } catch (IOException unreadable) {
            LOG.warn("events of arrays cannot be read, going on without file={}", file, unreadable);
        }
    }

    private void keep(String line) {
        try {
            JsonNode event = Json.read(line);
            long index = event.path("index").asLong();
            if (index <= last) {
                return;
            }
            last = index;
            entries.add(new Entry(
                    index,
                    event.path("at").asLong(),
                    event.path("array").asText(),
                    event.path("event").asText(),
                    event.path("role").asInt(-1),
                    event.path("detail").asText()));
            if (entries.size() > EVENTS_MAX) {
                entries.remove();
            }
        } catch (IOException cutShort) {
            LOG.warn("a line of the events of arrays is not whole file={}", file, cutShort);
        }
    }

    private void writeAll() {
        while (true) {
            List<Entry> batch;
            boolean anew;
            lock.lock();
            try {
                while (last == written && !closed) {
                    changed.awaitUninterruptibly();
                }
                if (last == written) {
                    return;
                }
                anew = lines >= 2 * EVENTS_MAX;
                long from = anew ? 0 : written;
                batch = new ArrayList<>(
                        entries.stream().filter(entry -> entry.index() > from).toList());
                written = last;
                lines = anew ? batch.size() : lines + batch.size();
            } finally {
                lock.unlock();
            }
            write(batch, anew);
        }
    }

    private void write(List<Entry> batch, boolean anew) {
        Path target = anew ? file.resolveSibling(file.getFileName() + ".new") : file;
        try {
            try (BufferedWriter out = Files.newBufferedWriter(
                    target,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    anew ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND,
                    StandardOpenOption.WRITE)) {
                for (Entry entry : batch) {
                    out.write(Json.line(Json.object()
                                    .put("index", entry.index())
                                    .put("at", entry.at())
                                    .put("array", entry.array())
                                    .put("event", entry.name())
                                    .put("role", entry.role())
                                    .put("detail", entry.detail()))
                            + "\n");
                }
            }
            if (anew) {
                Files.move(target, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException failure) {
            LOG.warn("events of arrays cannot be written, kept in memory only file={}", file, failure);
        }
    }
}
