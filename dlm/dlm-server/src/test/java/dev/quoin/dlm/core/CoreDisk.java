package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has on its disk: snapshots that are written piece by piece while commands go on, and the commands since the last one
 * began.
 */
final class CoreDisk {

    private record Logged(Command command, long clock) {}

    private record Staged(Table table, String name, byte @Nullable [][] record) {}

    private final Map<Table, TreeMap<String, byte[][]>> tables = new EnumMap<>(Table.class);
    private final List<Staged> staged = new ArrayList<>();
    private final List<Logged> since = new ArrayList<>();
    private @Nullable SnapshotFork fork;
    private long digest;

    private final StateSink sink = new StateSink() {
        @Override
        public void put(Table table, byte[] key, byte[] value) {
            staged.add(new Staged(table, HexFormat.of().formatHex(key), new byte[][] {key, value}));
        }

        @Override
        public void delete(Table table, byte[] key) {
            staged.add(new Staged(table, HexFormat.of().formatHex(key), null));
        }
    };

    CoreDisk() {
        for (Table table : Table.values()) {
            tables.put(table, new TreeMap<>());
        }
    }

    boolean isWriting() {
        return fork != null;
    }

    void begin(LockCore core) {
        digest = StateImages.digest(core);
        fork = StateImages.fork(core);
        since.clear();
        staged.clear();
    }

    void log(Command command, long clock) {
        if (fork != null) {
            since.add(new Logged(command, clock));
        }
    }

    void writeSome(int records) {
        if (fork != null) {
            fork.take(records).forEach(record -> record.into(sink));
        }
    }

    /** The snapshot could not be written, and what it held is not on the disk. */
    void fail(LockCore core) {
        if (fork != null) {
            StateImages.ended(core, fork, false);
            fork = null;
        }
    }

    /** Writes the rest, reads the snapshot back, finds it as it was when it began, and repeats the commands since. */
    LockCore finish(LockCore core) throws StateFormatException {
        SnapshotFork writing = fork;
        if (writing == null) {
            throw new IllegalStateException("no snapshot is being written");
        }
        List<SnapshotFork.Saved> some = writing.take(7);
        while (!some.isEmpty()) {
            some.forEach(record -> record.into(sink));
            assertThat(staged.size()).isLessThan(1_000_000);
            some = writing.take(7);
        }
        StateImages.ended(core, writing, true);
        fork = null;
        for (Staged one : staged) {
            TreeMap<String, byte[][]> table = tables.getOrDefault(one.table(), new TreeMap<>());
            if (one.record() == null) {
                table.remove(one.name());
            } else {
                table.put(one.name(), one.record());
            }
        }
        LockCore restored = read();
        assertThat(StateImages.digest(restored)).as("digest of the snapshot").isEqualTo(digest);
        since.forEach(logged -> restored.apply(logged.command(), logged.clock(), EffectSink.NONE));
        return restored;
    }

    private LockCore read() throws StateFormatException {
        StateLoader loader = new StateLoader(Limits.DEFAULT, true);
        for (Table table : Table.values()) {
            for (byte[][] record : tables.getOrDefault(table, new TreeMap<>()).values()) {
                loader.put(table, record[0], record[1]);
            }
        }
        return loader.finish();
    }
}
