package dev.quoin.dlm.raft;

/** A place in the replicated log. */
public record LogPosition(long term, long index) {}
