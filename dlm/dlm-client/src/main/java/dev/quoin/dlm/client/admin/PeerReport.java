package dev.quoin.dlm.client.admin;

import java.util.List;

/**
 * What one peer is and knows.
 *
 * @param leader the member that leads as far as this one knows, empty if it knows none
 * @param appliedIndex of the last log entry in its state
 * @param committedIndex of the last log entry that it knows to be committed
 * @param snapshotIndex of the log entry as of which its state is on disk, 0 if it never was
 * @param logBytes on disk
 * @param digest equal at peers with the same applied index
 * @param locks held or waited for, of all sessions
 * @param sessions that live
 * @param waiters requests that wait
 * @param warnings what it has to complain of, for people
 */
public record PeerReport(
        String id,
        String leader,
        long term,
        long appliedIndex,
        long committedIndex,
        long snapshotIndex,
        long logBytes,
        long digest,
        List<GroupMember> members,
        String transport,
        boolean tls,
        boolean witness,
        long locks,
        long sessions,
        long waiters,
        List<String> warnings) {
    public PeerReport {
        members = List.copyOf(members);
        warnings = List.copyOf(warnings);
    }
}
