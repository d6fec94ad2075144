package dev.quoin.clusterfs.glock;

import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.dlm.api.ValueBlock;
import java.util.Collection;
import java.util.List;

/** What a lock covers and what must become of it when the lock changes. Called without holders; nothing here blocks. */
public interface Covered {

    /** The file content to write out before EX is given up. */
    Collection<FileData> data();

    /** The metadata blocks to put in place before EX is given up. */
    Collection<MetaBlock> blocks();

    /** The value to leave for the next holder when EX is given up. */
    ValueBlock value();

    /** The lock was granted again after it had been given up: forget what {@code value} does not prove to be current. */
    void granted(ValueBlock value);

    /** A lock that covers no state. */
    Covered NOTHING = new Covered() {
        @Override
        public Collection<FileData> data() {
            return List.of();
        }

        @Override
        public Collection<MetaBlock> blocks() {
            return List.of();
        }

        @Override
        public ValueBlock value() {
            return ValueBlock.EMPTY;
        }

        @Override
        public void granted(ValueBlock value) {
            // There is nothing that could be out of date.
        }
    };
}
