package dev.quoin.device;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The writes that a disk has acknowledged and not yet made durable, in sectors of 512 bytes.
 *
 * <p>Pure: no lock, no I/O. It remembers every write in order, because after a power cut a sector may hold any of the
 * versions that were written to it since the last flush.
 */
final class VolatileCache {

    static final int SECTOR = 512;

    /** Bytes to put at an offset of the medium. */
    record Run(long offset, byte[] bytes) {}

    private record Write(long sequence, long offset, byte[] bytes) {}

    private final List<Write> log = new ArrayList<>();
    private final TreeMap<Long, byte[]> newest = new TreeMap<>();
    private final Map<Long, Long> durableSince = new HashMap<>();
    private long sequence;

    void write(long offset, byte[] bytes) {
        log.add(new Write(sequence++, offset, bytes));
        for (int at = 0; at < bytes.length; at += SECTOR) {
            byte[] sector = new byte[SECTOR];
            System.arraycopy(bytes, at, sector, 0, SECTOR);
            newest.put((offset + at) / SECTOR, sector);
        }
    }

    /** Forgets the range, whose newest version is on the medium. */
    void forget(long offset, long length) {
        if (log.isEmpty()) {
            return;
        }
        long first = offset / SECTOR;
        long end = (offset + length) / SECTOR;
        var covered = newest.subMap(first, end);
        covered.keySet().forEach(sector -> durableSince.put(sector, sequence));
        covered.clear();
    }

    /** Puts the cached sectors over what was read from the medium at {@code offset}. */
    void overlay(long offset, byte[] read) {
        long first = offset / SECTOR;
        for (Map.Entry<Long, byte[]> entry :
                newest.subMap(first, first + read.length / SECTOR).entrySet()) {
            System.arraycopy(entry.getValue(), 0, read, (int) (entry.getKey() - first) * SECTOR, SECTOR);
        }
    }

    /** Empties the cache and gives what must go to the medium. */
    List<Run> drain() {
        List<Run> runs = runs(newest);
        clear();
        return runs;
    }

    /**
     * Empties the cache and gives what by chance reached the medium before the power went.
     *
     * @param whole how many bytes, a multiple of a sector, reach it together or not at all
     */
    List<Run> surviveCut(RandomGenerator random, int whole) {
        int keepPercent = new int[] {0, 20, 50, 80, 100}[random.nextInt(5)];
        int tearPercent = new int[] {0, 10, 50}[random.nextInt(3)];
        var survivors = new TreeMap<Long, byte[]>();
        for (Write write : log) {
            boolean torn = random.nextInt(100) < tearPercent;
            boolean kept = random.nextInt(100) < keepPercent;
            boolean survives = kept;
            for (int at = 0; at < write.bytes.length; at += SECTOR) {
                long sector = (write.offset + at) / SECTOR;
                boolean superseded = durableSince.getOrDefault(sector, 0L) > write.sequence;
                if (torn && !superseded && (at == 0 || (write.offset + at) % whole == 0)) {
                    survives = random.nextBoolean();
                }
                if (!superseded && survives) {
                    byte[] copy = new byte[SECTOR];
                    System.arraycopy(write.bytes, at, copy, 0, SECTOR);
                    survivors.put(sector, copy);
                }
            }
        }
        clear();
        return runs(survivors);
    }

    private void clear() {
        log.clear();
        newest.clear();
        durableSince.clear();
    }

    /** Joins neighbouring sectors. */
    private static List<Run> runs(SortedMap<Long, byte[]> sectors) {
        List<Run> runs = new ArrayList<>();
        List<byte[]> run = new ArrayList<>();
        long next = -1;
        for (Map.Entry<Long, byte[]> entry : sectors.entrySet()) {
            if (entry.getKey() != next) {
                flushRun(runs, run, next);
            }
            run.add(entry.getValue());
            next = entry.getKey() + 1;
        }
        flushRun(runs, run, next);
        return runs;
    }

    private static void flushRun(List<Run> runs, List<byte[]> run, long end) {
        if (run.isEmpty()) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(run.size() * SECTOR);
        run.forEach(bytes::put);
        runs.add(new Run((end - run.size()) * SECTOR, bytes.array()));
        run.clear();
    }
}
