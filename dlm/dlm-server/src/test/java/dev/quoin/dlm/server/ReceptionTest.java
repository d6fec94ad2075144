package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.sim.SimNode;
import dev.quoin.dlm.sim.Troubles;
import dev.quoin.dlm.sim.World;
import dev.quoin.dlm.wire.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Proves what clients are told before and after their frames are in the log. */
class ReceptionTest {

    private record Proposed(LogBatch batch, GroupCommit.Submission submission, CompletableFuture<Void> future) {}

    private final World world = new World(1, Troubles.USUAL);
    private final SimNode node = new SimNode(world, "p", 1);
    private final List<Proposed> log = new ArrayList<>();
    private final List<ServerFrame> told = new ArrayList<>();
    private final Router router = new Router();
    private final Leases leases = new Leases(node::nanos);
    private final LockCore core = new LockCore(Limits.DEFAULT, true);
    private final Applier applier = new Applier(router, leases, needed -> {});
    private final Outlet outlet = new Outlet();
    private boolean leads = true;
    private final Reception reception = new Reception(
            new Lead(),
            router,
            leases,
            new GroupCommit(this::append, submission -> {}, node.timer(), Runnable::run, node::wallMillis),
            new Admission(AccessList.EVERYTHING, new Nobody()));

    private CompletableFuture<Void> append(LogBatch batch, GroupCommit.Submission submission) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        log.add(new Proposed(batch, submission, future));
        return future;
    }

    private void apply() {
        for (Proposed proposed : List.copyOf(log)) {
            applier.apply(core, proposed.batch(), proposed.submission());
            proposed.future().complete(null);
        }
        log.clear();
    }

    private final class Lead implements Reception.Lead {
        @Override
        public boolean isLeaderReady() {
            return leads;
        }

        @Override
        public List<String> leaderAddresses() {
            return List.of("other:1");
        }
    }

    private static final class Nobody implements Admission.State {
        @Override
        public @Nullable String lockspace(int id) {
            return null;
        }

        @Override
        public @Nullable String node(long session) {
            return null;
        }
    }

    private final class Outlet implements ClientOutlet {
        @Override
        public Caller caller() {
            return Caller.UNKNOWN;
        }

        @Override
        public void send(ServerFrame frame) {
            told.add(frame);
        }

        @Override
        public void redirect(List<String> leader) {
            told.add(ServerFrame.newBuilder()
                    .setRedirect(dev.quoin.dlm.proto.Redirect.newBuilder().addAllAddresses(leader))
                    .build());
        }

        @Override
        public void gone() {
            told.add(ServerFrame.getDefaultInstance());
        }
    }

    private long open() {
        leases.lead(Map.of());
        reception.enter(outlet);
        reception.take(
                ClientFrame.newBuilder()
                        .addOpens(OpenSession.newBuilder().setNode("n").setLeaseMillis(1_000))
                        .build(),
                outlet);
        apply();
        long session = told.getFirst().getOpened(0).getSession();
        told.clear();
        return session;
    }

    private void keepalive(long session, long number) {
        reception.take(
                ClientFrame.newBuilder()
                        .addSessions(
                                SessionFrame.newBuilder().setSession(session).setKeepalive(number))
                        .build(),
                outlet);
        // It may gather with others for a while.
        world.runUntil(world.now() + World.SECOND);
    }

    @Test
    void keepalive_isConfirmed_onlyWhenAnEntryHasProvedThatThePeerLeads() {
        long session = open();
        keepalive(session, 7);
        assertThat(log).hasSize(1);
        assertThat(told).isEmpty();
        apply();
        assertThat(told)
                .singleElement()
                .satisfies(
                        frame -> assertThat(frame.getSessions(0).getKeepalive()).isEqualTo(7));
    }

    @Test
    void frames_whereNobodyLeads_areSentOn() {
        long session = open();
        leads = false;
        keepalive(session, 8);
        assertThat(log).isEmpty();
        assertThat(told)
                .singleElement()
                .satisfies(frame ->
                        assertThat(frame.getRedirect().getAddressesList()).containsExactly("other:1"));
    }
}
