package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.StateFormatException;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.core.StateLoader;
import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Redirect;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.sim.SimDisk;
import dev.quoin.dlm.sim.SimLog;
import dev.quoin.dlm.sim.SimMachine;
import dev.quoin.dlm.sim.SimNode;
import dev.quoin.dlm.sim.SimPipe;
import dev.quoin.dlm.sim.Troubles.Weakness;
import dev.quoin.dlm.wire.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One life of a peer's process: all that a real one has, but with a simulated log, network, disk and clock. */
public final class SimPeer {

    private static final Duration DEADLOCK_WAIT = Duration.ofSeconds(1);

    private record Line(Table table, byte[] key, byte[] value) {}

    private final SimNode node;
    private final Router router = new Router();
    private final Leases leases;
    private final GroupCommit commit;
    private final Reception reception;
    private final DeadlockSearch deadlocks;
    private final Applier applier;
    private final SimLog log;
    private final List<SimPipe<ClientFrame, ServerFrame>> pipes = new ArrayList<>();
    private LockCore core = new LockCore(Limits.DEFAULT, true);
    private int accepted;

    public SimPeer(SimNode node, SimDisk disk, Map<String, SimLog> group, BiConsumer<Long, Long> onDigest) {
        this.node = node;
        leases = new Leases(node::nanos);
        applier = new Applier(router, leases, needed -> {});
        log = new SimLog(node, disk, new Machine(), group, onDigest);
        ScheduledExecutorService timer = node.timer();
        commit = new GroupCommit(log::append, this::failed, timer, Runnable::run, node::wallMillis);
        Admission admission = new Admission(AccessList.EVERYTHING, new Nobody());
        reception = new Reception(new Guide(), router, leases, commit, admission);
        deadlocks = new DeadlockSearch(
                DEADLOCK_WAIT, wait -> core.suspects(node.wallMillis(), wait.toMillis()), this::propose);
        timer.scheduleWithFixedDelay(this::checkLeases, 100, 100, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(this::checkDeadlocks, 250, 250, TimeUnit.MILLISECONDS);
    }

    public SimLog log() {
        return log;
    }

    /** Its process is killed: streams break, and what is in memory is gone. */
    public void crash() {
        log.crash();
        List.copyOf(pipes).forEach(pipe -> pipe.breakDown(0));
    }

    private void failed(GroupCommit.Submission submission) {
        reception.failed(submission);
    }

    private void propose(LogCommand command) {
        commit.offer(new GroupCommit.Item(command, null, 0, 0));
    }

    private void checkLeases() {
        for (long session : leases.expired()) {
            propose(LogCommand.newBuilder().setExpire(session).build());
        }
    }

    private void checkDeadlocks() {
        if (log.isLeaderReady()) {
            deadlocks.run();
        }
    }

    /** A client has connected. */
    public void accept(SimPipe<ClientFrame, ServerFrame> pipe) {
        pipes.add(pipe);
        pipes.removeIf(SimPipe::isBroken);
        Outlet outlet = new Outlet(pipe, accepted++);
        reception.enter(outlet);
        pipe.accepted(
                frame -> {
                    if (node.world().troubles.weakness() == Weakness.LEASE_WITHOUT_PROOF && log.isLeaderReady()) {
                        confirm(frame, outlet);
                    }
                    reception.take(frame, outlet);
                },
                () -> reception.forget(outlet));
    }

    private void confirm(ClientFrame frame, Outlet outlet) {
        for (SessionFrame session : frame.getSessionsList()) {
            if (session.getKeepalive() != 0) {
                router.confirmKeepalive(session.getSession(), session.getKeepalive(), outlet);
                leases.renew(session.getSession());
            }
        }
        router.flush();
    }

    private final class Guide implements Reception.Lead {
        @Override
        public boolean isLeaderReady() {
            return log.isLeaderReady();
        }

        @Override
        public List<String> leaderAddresses() {
            String leader = log.leader();
            return leader == null ? List.of() : List.of(address(leader));
        }
    }

    /** Where clients reach a peer. */
    public static String address(String peer) {
        return peer + ":1";
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

    private static final class Outlet implements ClientOutlet {

        private final SimPipe<ClientFrame, ServerFrame> pipe;
        private final int number;
        private boolean closed;

        Outlet(SimPipe<ClientFrame, ServerFrame> pipe, int number) {
            this.pipe = pipe;
            this.number = number;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        /** The same in each run of a seed, as is then the order of sets. */
        @Override
        public int hashCode() {
            return number;
        }

        @Override
        public Caller caller() {
            return Caller.UNKNOWN;
        }

        @Override
        public void send(ServerFrame frame) {
            if (!closed) {
                pipe.sendToConnecting(frame);
            }
        }

        @Override
        public void redirect(List<String> leader) {
            if (!closed) {
                closed = true;
                pipe.sendToConnecting(ServerFrame.newBuilder()
                        .setRedirect(Redirect.newBuilder()
                                .setLeader(leader.isEmpty() ? "" : leader.getFirst())
                                .addAllAddresses(leader))
                        .build());
                pipe.finish();
            }
        }

        @Override
        public void gone() {
            closed = true;
        }
    }

    private final class Machine implements SimMachine {

        @Override
        public void apply(LogBatch batch, @Nullable Object submission) {
            applier.apply(core, batch, submission);
        }

        @Override
        public Object image() {
            List<Line> lines = new ArrayList<>();
            StateImages.writeAll(core, new StateSink() {
                @Override
                public void put(Table table, byte[] key, byte[] value) {
                    lines.add(new Line(table, key, value));
                }

                @Override
                public void delete(Table table, byte[] key) {
                    throw new AssertionError("a whole image deletes nothing");
                }
            });
            return lines;
        }

        @Override
        public void restore(@Nullable Object image) {
            StateLoader loader = new StateLoader(Limits.DEFAULT, true);
            try {
                if (image instanceof List<?> lines) {
                    Map<Table, List<Line>> tables = new TreeMap<>();
                    for (Object line : lines) {
                        Line record = (Line) line;
                        tables.computeIfAbsent(record.table(), table -> new ArrayList<>())
                                .add(record);
                    }
                    for (List<Line> table : tables.values()) {
                        for (Line line : table) {
                            loader.put(line.table(), line.key(), line.value());
                        }
                    }
                    core = loader.finish();
                } else {
                    core = new LockCore(Limits.DEFAULT, true);
                }
            } catch (StateFormatException damaged) {
                throw new AssertionError("an image cannot be read back", damaged);
            }
        }

        @Override
        public long digest() {
            return StateImages.digest(core);
        }

        @Override
        public void leading() {
            Map<Long, Long> living = core.leases();
            if (node.world().troubles.weakness() == Weakness.IMPATIENT_LEADER) {
                living.replaceAll((session, millis) -> 0L);
            }
            leases.lead(living);
        }

        @Override
        public void notLeading() {
            leases.stop();
            reception.redirectAll();
        }
    }
}
