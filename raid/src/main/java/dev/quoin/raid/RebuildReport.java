package dev.quoin.raid;

/**
 * What a rebuild did.
 *
 * @param role the member that is current again
 * @param bytesWritten to that member
 * @param bytesSkipped because they hold nothing
 * @param blocksLost that could not be made from the other members; they read as medium errors until they are written
 * @param nanos how long it took
 */
public record RebuildReport(int role, long bytesWritten, long bytesSkipped, long blocksLost, long nanos) {}
