package dev.quoin.dlm.raft;

/**
 * How far a follower is, as its leader knows.
 *
 * @param matchIndex up to which its log is known to be the leader's; -1 if nothing is known
 * @param silentMillis since it was last heard of
 */
public record MemberLag(String id, long matchIndex, long silentMillis) {}
