package dev.quoin.dlm.server;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.wire.Router;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the leader does with clients' frames, whatever brings them. Any thread may use it. */
final class Reception {

    /** The most client processes connected at once. */
    static final int STREAMS_MAX = 10_000;

    /** What it asks of the peer. */
    interface Lead {
        boolean isLeaderReady();

        /** The leader's client addresses, none if it is not known. */
        List<String> leaderAddresses();
    }

    private final Lead lead;
    private final Router router;
    private final Leases leases;
    private final GroupCommit commit;
    private final Admission admission;
    private final Set<ClientOutlet> outlets = ConcurrentHashMap.newKeySet();

    Reception(Lead lead, Router router, Leases leases, GroupCommit commit, Admission admission) {
        this.lead = lead;
        this.router = router;
        this.leases = leases;
        this.commit = commit;
        this.admission = admission;
    }

    /** A client has come; says whether there is room for it. */
    boolean enter(ClientOutlet outlet) {
        if (outlets.size() >= STREAMS_MAX) {
            outlet.gone();
            return false;
        }
        outlets.add(outlet);
        return true;
    }

    /** A client has gone. */
    void forget(ClientOutlet outlet) {
        outlets.remove(outlet);
        router.unseat(outlet);
        outlet.gone();
    }

    /** Sends every client to the leader, which is another peer now. */
    void redirectAll() {
        all(lead.isLeaderReady() ? List.of() : lead.leaderAddresses());
    }

    /** Ends all streams; the peer stops. */
    void close() {
        all(List.of());
    }

    private void all(List<String> leader) {
        outlets.forEach(outlet -> redirect(outlet, leader));
    }

    private void redirect(ClientOutlet outlet, List<String> leader) {
        outlets.remove(outlet);
        router.unseat(outlet);
        outlet.redirect(leader);
    }

    /** An entry could not be appended or its fate is unknown: its clients ask again, here or elsewhere. */
    void failed(GroupCommit.Submission submission) {
        submission.items().stream()
                .map(GroupCommit.Item::outlet)
                .filter(Objects::nonNull)
                .distinct()
                .forEach(outlet -> redirect(outlet, lead.leaderAddresses()));
    }

    /** Takes a frame; on the connection's own thread, which never waits for anything. */
    void take(ClientFrame frame, ClientOutlet outlet) {
        if (!outlets.contains(outlet)) {
            return;
        }
        if (!lead.isLeaderReady()) {
            redirect(outlet, lead.leaderAddresses());
            return;
        }
        for (OpenSession open : frame.getOpensList()) {
            String refusal = admission.refusesOpen(outlet.caller(), open.getNode());
            if (refusal != null) {
                outlet.send(Router.refused(open.getNonce(), DlmException.Code.NOT_ALLOWED, refusal));
                continue;
            }
            router.expect(open.getNonce(), outlet);
            if (!commit.offer(
                    new GroupCommit.Item(LogCommand.newBuilder().setOpen(open).build(), outlet, 0, 0))) {
                redirect(outlet, lead.leaderAddresses());
                return;
            }
        }
        for (SessionFrame session : frame.getSessionsList()) {
            take(session, outlet);
        }
    }

    private void take(SessionFrame asked, ClientOutlet outlet) {
        long session = asked.getSession();
        SessionFrame frame = admission.screened(outlet.caller(), asked);
        if (frame.getAttach()) {
            String refusal = admission.refusesAttach(outlet.caller(), session);
            if (refusal != null) {
                outlet.send(Router.gone(session, refusal));
                return;
            }
            router.seat(session, outlet);
        } else if (!router.isSeated(session, outlet)) {
            // It goes on over another stream, or it has ended and was told so. Its keepalives count from wherever they
            // come.
            if (frame.getKeepalive() != 0 && admission.refusesAttach(outlet.caller(), session) == null) {
                leases.renew(session);
                commit.offer(new GroupCommit.Item(null, outlet, session, frame.getKeepalive()));
            }
            return;
        }
        leases.renew(session);
        frame.getUnwatchedList().forEach(watch -> router.unwatch(session, watch));
        boolean logged = frame.getAttach()
                || frame.getOperationsCount() > 0
                || frame.getAckedCount() > 0
                || frame.getAckedThrough() > 0;
        if (!logged && frame.getKeepalive() == 0) {
            return;
        }
        LogCommand command = logged ? LogCommand.newBuilder().setSession(frame).build() : null;
        if (!commit.offer(new GroupCommit.Item(command, outlet, session, frame.getKeepalive()))) {
            long from = frame.getOperationsCount() > 0 ? frame.getOperations(0).getSequence() : 0;
            if (frame.getAttach() || from == 0) {
                redirect(outlet, lead.leaderAddresses());
            } else {
                outlet.send(Router.busy(session, from));
            }
        }
    }
}
