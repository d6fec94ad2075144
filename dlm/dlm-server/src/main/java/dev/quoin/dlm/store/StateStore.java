package dev.quoin.dlm.store;

import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.raft.LogPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The last snapshot. Column family {@code default} holds the {@link StoreHeader} and the place in the log, each table of the
 * state has a column family of its name in lower case.
 *
 * <p>Each write is one atomic batch with the place in the log, and durable when the call returns.
 *
 * <p>One thread writes; any thread may read by {@link #export} and {@link #position}.
 */
public final class StateStore implements AutoCloseable {

    /** Takes the records of a snapshot. */
    @FunctionalInterface
    public interface Records {
        /** Takes one record; tables come in order, keys of a table in order. */
        void take(Table table, byte[] key, byte[] value) throws IOException;
    }

    private static final long WRITE_BUFFER_BYTES = 8L << 20;
    private static final int OPEN_FILES_MAX = 64;

    /** Above all keys of all tables: no key begins with so many such bytes. */
    private static final byte[] KEYS_END = {-1, -1, -1, -1};

    static {
        RocksDB.loadLibrary();
    }

    private final Path dir;
    private final DBOptions options;
    private final ColumnFamilyOptions familyOptions;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> handles;
    private volatile @Nullable LogPosition position;
    private boolean closed;

    private StateStore(
            Path dir,
            DBOptions options,
            ColumnFamilyOptions familyOptions,
            RocksDB db,
            List<ColumnFamilyHandle> handles)
            throws IOException {
        this.dir = dir;
        this.options = options;
        this.familyOptions = familyOptions;
        this.db = db;
        this.handles = handles;
        position = readPosition();
    }

    /** Opens the store in {@code dir} and makes it if there is none. Blocking. */
    public static StateStore open(Path dir) throws IOException {
        Files.createDirectories(dir);
        DBOptions options = new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxBackgroundJobs(2)
                .setKeepLogFileNum(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
        ColumnFamilyOptions familyOptions = new ColumnFamilyOptions().setWriteBufferSize(WRITE_BUFFER_BYTES);
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
        for (Table table : Table.values()) {
            families.add(new ColumnFamilyDescriptor(
                    table.name().toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.UTF_8), familyOptions));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        RocksDB db;
        try {
            db = RocksDB.open(options, dir.toString(), families, handles);
        } catch (RocksDBException failure) {
            familyOptions.close();
            options.close();
            throw new IOException(
                    "the lock manager's state in " + dir + " cannot be opened (" + failure.getMessage()
                            + "): "
                            + StoreHeader.ADVICE,
                    failure);
        }
        StateStore store = null;
        try {
            store = new StateStore(dir, options, familyOptions, db, handles);
            store.checkHeader();
            return store;
        } catch (IOException failure) {
            if (store != null) {
                store.close();
            }
            throw failure;
        }
    }

    private void checkHeader() throws IOException {
        byte[] header = get(StoreHeader.KEY);
        if (header != null) {
            StoreHeader.check(dir, header);
            return;
        }
        if (position != null) {
            throw new IOException("the lock manager's state in " + dir + " has no header: it is damaged");
        }
        try (WriteOptions synced = new WriteOptions().setSync(true)) {
            db.put(handles.getFirst(), synced, StoreHeader.KEY, StoreHeader.encode());
        } catch (RocksDBException failure) {
            throw unwritable(failure);
        }
    }

    private byte @Nullable [] get(byte[] key) throws IOException {
        try {
            return db.get(handles.getFirst(), key);
        } catch (RocksDBException failure) {
            throw unreadable(failure);
        }
    }

    private @Nullable LogPosition readPosition() throws IOException {
        byte[] bytes = get(StoreHeader.POSITION_KEY);
        return bytes == null ? null : StoreHeader.position(dir, bytes);
    }

    private IOException unreadable(RocksDBException failure) {
        return new IOException(
                "the lock manager's state in " + dir + " cannot be read: " + failure.getMessage(), failure);
    }

    private IOException unwritable(RocksDBException failure) {
        return new IOException(
                "the lock manager's state in " + dir + " cannot be written: " + failure.getMessage(), failure);
    }

    private ColumnFamilyHandle handle(Table table) {
        return handles.get(1 + table.ordinal());
    }

    /** As of where the snapshot is; null before the first. */
    public @Nullable LogPosition position() {
        return position;
    }

    /** Adds changes, which bring the snapshot to {@code at}. Blocking; durable when it returns. */
    public void write(LogPosition at, Consumer<StateSink> changes) throws IOException {
        try (WriteBatch batch = new WriteBatch()) {
            changes.accept(new BatchSink(batch));
            commit(batch, at);
        }
    }

    /** Begins to gather another snapshot, outside the heap; this one stays until the other is put in its place. */
    public Replacement replacement() throws IOException {
        WriteBatch batch = new WriteBatch();
        try {
            for (Table table : Table.values()) {
                batch.deleteRange(handle(table), new byte[0], KEYS_END);
            }
            return new Replacement(batch);
        } catch (RocksDBException failure) {
            batch.close();
            throw unwritable(failure);
        }
    }

    /** Another snapshot on its way. One thread uses it. */
    public final class Replacement implements AutoCloseable {

        private final WriteBatch batch;

        private Replacement(WriteBatch batch) {
            this.batch = batch;
        }

        /** Takes its records. */
        public StateSink sink() {
            return new BatchSink(batch);
        }

        /** Puts it in the place of the snapshot that there is. Blocking; durable when it returns. */
        public void commit(LogPosition at) throws IOException {
            StateStore.this.commit(batch, at);
        }

        /** Lets it go; if it was not put in place, nothing has changed. */
        @Override
        public void close() {
            batch.close();
        }
    }

    private synchronized void commit(WriteBatch batch, LogPosition at) throws IOException {
        if (closed) {
            throw new IOException("the lock manager's state in " + dir + " is closed");
        }
        try (WriteOptions synced = new WriteOptions().setSync(true)) {
            batch.put(handles.getFirst(), StoreHeader.POSITION_KEY, StoreHeader.encode(at));
            db.write(synced, batch);
        } catch (RocksDBException failure) {
            throw unwritable(failure);
        }
        position = at;
    }

    /** Gives all records of one moment. Blocking. */
    public LogPosition export(Records records) throws IOException {
        Snapshot snapshot = db.getSnapshot();
        try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
            byte[] at = db.get(handles.getFirst(), options, StoreHeader.POSITION_KEY);
            if (at == null) {
                throw new IOException("there is no snapshot in " + dir);
            }
            for (Table table : Table.values()) {
                try (RocksIterator iterator = db.newIterator(handle(table), options)) {
                    for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                        records.take(table, iterator.key(), iterator.value());
                    }
                    iterator.status();
                }
            }
            return StoreHeader.position(dir, at);
        } catch (RocksDBException failure) {
            throw unreadable(failure);
        } finally {
            db.releaseSnapshot(snapshot);
            snapshot.close();
        }
    }

    /** Idempotent. Nothing is lost: every write was durable. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        handles.forEach(ColumnFamilyHandle::close);
        db.close();
        familyOptions.close();
        options.close();
    }

    private final class BatchSink implements StateSink {
        private final WriteBatch batch;

        BatchSink(WriteBatch batch) {
            this.batch = batch;
        }

        @Override
        public void put(Table table, byte[] key, byte[] value) {
            try {
                batch.put(handle(table), key, value);
            } catch (RocksDBException impossible) {
                throw new IllegalStateException("a batch in memory was refused", impossible);
            }
        }

        @Override
        public void delete(Table table, byte[] key) {
            try {
                batch.delete(handle(table), key);
            } catch (RocksDBException impossible) {
                throw new IllegalStateException("a batch in memory was refused", impossible);
            }
        }
    }
}
