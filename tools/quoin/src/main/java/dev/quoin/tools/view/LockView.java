package dev.quoin.tools.view;

import dev.quoin.admin.proto.LockInfo;
import dev.quoin.admin.proto.LockWait;
import dev.quoin.admin.proto.RangeInfo;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.output.Listing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Locks, sessions, and who waits for whom. */
public final class LockView {

    /** Locks, one a line. */
    public static final Listing<LockInfo> LOCKS = Listing.<LockInfo>of("Lock")
            .number("ID", "id", LockInfo::getLock)
            .text("SPACE", "lockspace", LockInfo::getLockspace)
            .text("LOCK", "resource", LockView::name)
            .text("HELD", "granted", LockInfo::getGranted)
            .text("WANTED", "wanted", LockInfo::getWanted)
            .number("TOKEN", "token", LockInfo::hasToken, LockInfo::getToken)
            .number("SESSION", "session", lock -> lock.getSession() != 0, LockInfo::getSession)
            .text("BY", "node", LockInfo::getNode)
            .time("SINCE", "since", LockInfo::getSince)
            .text("STATE", "state", LockView::state);

    /** Who waits for whom, one a line. */
    public static final Listing<LockWait> WAITS = Listing.<LockWait>of("LockWait")
            .text("SPACE", "lockspace", wait -> wait.getWaiter().getLockspace())
            .text("LOCK", "resource", wait -> name(wait.getWaiter()))
            .text("WAITS", "waiter", wait -> wait.getWaiter().getNode())
            .number("SESSION", "waiterSession", wait -> wait.getWaiter().getSession())
            .text("FOR", "wanted", wait -> wait.getWaiter().getWanted())
            .time("SINCE", "since", wait -> wait.getWaiter().getSince())
            .text("BLOCKED BY", "blocker", wait -> wait.getBlocker().getNode())
            .number(
                    "ITS SESSION",
                    "blockerSession",
                    wait -> wait.getBlocker().getSession() != 0,
                    wait -> wait.getBlocker().getSession())
            .text("HOLDS", "held", wait -> wait.getBlocker().getGranted())
            .text("WANTS", "blockerWanted", wait -> wait.getBlocker().getWanted())
            .number("ITS ID", "blockerLock", wait -> wait.getBlocker().getLock());

    /** Byte-range locks, one a line. */
    public static final Listing<RangeInfo> RANGES = Listing.<RangeInfo>of("Range")
            .number("FROM", "start", RangeInfo::getStart)
            .text("TO", "end", range -> range.getEnd() == Long.MAX_VALUE ? "EOF" : Long.toString(range.getEnd()))
            .text("KIND", "kind", RangeInfo::getKind)
            .number("SESSION", "session", RangeInfo::getSession)
            .text("BY", "node", RangeInfo::getNode)
            .number("OWNER", "owner", RangeInfo::getOwner)
            .number("TOKEN", "token", RangeInfo::getToken);

    /** Sessions, one a line. */
    public static final Listing<SessionInfo> SESSIONS = Listing.<SessionInfo>of("Session")
            .number("SESSION", "session", SessionInfo::getSession)
            .text("NODE", "node", SessionInfo::getNode)
            .text("STATE", "state", SessionInfo::getState)
            .number("LOCKS", "locks", SessionInfo::getLocks)
            .text("LEASE", "lease", session -> span(session.getLeaseMillis()))
            .text(
                    "LEFT",
                    "leaseLeft",
                    session -> session.hasLeaseLeftMillis() ? span(session.getLeaseLeftMillis()) : "")
            .time("SINCE", "since", SessionInfo::getSince)
            .text("FROM", "remote", SessionInfo::getRemote)
            .text("CERTIFICATE", "identity", SessionInfo::getIdentity);

    private LockView() {}

    private static String span(long millis) {
        return TimeSpan.format(Duration.ofMillis(millis));
    }

    /** The resource with those of its parents, as a path. */
    public static String name(LockInfo lock) {
        List<String> path = new ArrayList<>(lock.getParentsList());
        path.add(lock.getResource());
        return String.join("/", path);
    }

    private static String state(LockInfo lock) {
        if (lock.getOrphan()) {
            return "orphan";
        }
        return lock.getSessionEnded() ? "ended" : "alive";
    }
}
