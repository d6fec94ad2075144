package dev.quoin.tools.view;

import dev.quoin.admin.proto.LockInfo;
import dev.quoin.tools.output.Listing;

/** Locks held and waited for. */
public final class LockView {

    /** Locks, one a line. */
    public static final Listing<LockInfo> LOCKS = Listing.<LockInfo>of("Lock")
            .text("SPACE", "lockspace", LockInfo::getLockspace)
            .text("LOCK", "resource", LockInfo::getResource)
            .text("HELD", "granted", LockInfo::getGranted)
            .text("WANTED", "wanted", LockInfo::getWanted)
            .number("TOKEN", "token", LockInfo::hasToken, LockInfo::getToken)
            .number("SESSION", "session", LockInfo::getSession)
            .text("BY", "node", LockInfo::getNode)
            .flag("ENDED", "sessionEnded", LockInfo::getSessionEnded);

    private LockView() {}
}
