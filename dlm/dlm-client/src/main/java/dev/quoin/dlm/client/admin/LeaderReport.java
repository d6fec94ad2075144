package dev.quoin.dlm.client.admin;

import dev.quoin.dlm.api.SessionId;
import java.time.Duration;
import java.util.List;

/**
 * What only the leader knows.
 *
 * @param lags of the other members
 * @param leases of the sessions that live
 */
public record LeaderReport(String leader, long term, List<Lag> lags, List<Lease> leases) {
    public LeaderReport {
        lags = List.copyOf(lags);
        leases = List.copyOf(leases);
    }

    /**
     * How far another member is.
     *
     * @param index up to which it has the log, 0 if not known
     * @param silent since it was last heard of
     */
    public record Lag(String id, long index, Duration silent) {}

    /**
     * A session that lives.
     *
     * @param left how long it still lives without being heard of
     * @param remote where its client is connected from, empty if it is not
     * @param identity whom its client's certificate is for, empty without TLS
     */
    public record Lease(SessionId session, Duration left, String remote, String identity) {}
}
