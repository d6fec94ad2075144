package dev.quoin.dlm.core;

/** Where a snapshot is written to. */
public interface StateSink {

    /** Sets a record; the arrays may be kept. */
    void put(Table table, byte[] key, byte[] value);

    /** Deletes a record if it exists. */
    void delete(Table table, byte[] key);
}
