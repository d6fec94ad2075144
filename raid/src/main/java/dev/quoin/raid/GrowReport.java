package dev.quoin.raid;

/**
 * What growing did.
 *
 * @param sizeBefore what the array offered, in bytes
 * @param sizeBytes what it offers now
 * @param nanos how long it took
 */
public record GrowReport(long sizeBefore, long sizeBytes, long nanos) {}
