package dev.quoin.dlm.sim;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.client.session.SimSpaces;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.EndSession;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.server.SimPeer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One seed: peers, clients, a time of troubles, and a time of peace in which all has to come to an end. */
final class Simulation {

    private static final int CLIENTS = 3;
    private static final int ACTORS = 3;
    private static final long TROUBLED = 20 * World.SECOND;

    /** Of some seeds, so that pauses of up to a minute fit. */
    private static final long TROUBLED_LONG = 90 * World.SECOND;

    private static final double LONG = 0.03;
    private static final long CATCH_UP = 5 * World.SECOND;
    private static final long PEACE = 40 * World.SECOND;

    /**
     * What came of it.
     *
     * @param trace equal for runs in which the same happened
     */
    record Outcome(long trace, long events, int grants, int lost) {}

    private final World world;
    private final Beliefs beliefs;
    private final Map<String, SimNode> nodes = new TreeMap<>();
    private final Map<String, SimDisk> disks = new TreeMap<>();
    private final Map<String, SimLog> group = new TreeMap<>();
    private final Map<String, SimPeer> peers = new TreeMap<>();
    private final List<Actors> clients = new ArrayList<>();
    private final Map<Long, Long> digests = new HashMap<>();

    private Simulation(long seed, Troubles troubles) {
        world = new World(seed, troubles);
        beliefs = new Beliefs(world);
        world.afterEach(beliefs::check);
    }

    /**
     * Runs a seed.
     *
     * @throws Violation if something was not as it must be
     */
    static Outcome run(long seed, Troubles troubles) {
        Simulation simulation = new Simulation(seed, troubles);
        try {
            return simulation.run();
        } catch (RuntimeException | AssertionError bug) {
            throw new Violation(
                    "seed " + seed + " at " + simulation.world.now() / World.MILLI + " ms: " + bug + "\nlast events:\n"
                            + simulation.world.story(),
                    bug);
        }
    }

    /** Something was not as it must be; the message holds the seed and the last events. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violation(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private double rate(boolean client) {
        double drift = world.troubles.drift() * (2 * world.random.nextDouble() - 1);
        boolean slow = client && world.troubles.weakness() == Troubles.Weakness.SLOW_CLIENT_CLOCK;
        return slow ? 0.6 : 1 + drift;
    }

    private Outcome run() {
        int size = world.chance(0.2) ? 5 : 3;
        for (int i = 0; i < size; i++) {
            String name = "p" + i;
            nodes.put(name, new SimNode(world, name, rate(false)));
            SimDisk disk = new SimDisk();
            disk.entries.add(new SimDisk.Entry(0, firstEntry()));
            disk.synced = 1;
            disks.put(name, disk);
        }
        nodes.keySet().forEach(this::startPeer);
        List<String> addresses = nodes.keySet().stream().map(SimPeer::address).toList();
        for (int i = 0; i < CLIENTS; i++) {
            SimNode node = new SimNode(world, "c" + i, rate(true));
            Actors actors = new Actors(node, ACTORS, beliefs, addresses, this::connect);
            clients.add(actors);
            actors.start();
        }
        long troubled = world.chance(LONG) ? TROUBLED_LONG : TROUBLED;
        SimNode fate = new SimNode(world, "fate", 1);
        new Fates(this, fate, troubled).begin();
        world.runUntil(troubled);
        fate.kill();
        peace();
        clients.forEach(Actors::finish);
        world.runUntil(troubled + PEACE - CATCH_UP);
        long furthest = group.values().stream().mapToLong(SimLog::applied).max().orElse(0);
        world.runUntil(troubled + PEACE);
        for (Actors actors : clients) {
            actors.checkFinished();
        }
        checkReplicas(furthest);
        return new Outcome(
                world.trace(),
                world.events(),
                beliefs.grants(),
                clients.stream().mapToInt(Actors::lost).sum());
    }

    private static LogBatch firstEntry() {
        SessionFrame frame = SessionFrame.newBuilder()
                .setSession(1)
                .addOperations(Operation.newBuilder()
                        .setSequence(1)
                        .setOpenLockspace(OpenLockspace.newBuilder().setName(SimSpaces.FIRST)))
                .addOperations(Operation.newBuilder().setSequence(2).setEndSession(EndSession.getDefaultInstance()))
                .build();
        return LogBatch.newBuilder()
                .setVersion(1)
                .setStampMillis(1)
                .addCommands(LogCommand.newBuilder()
                        .setOpen(OpenSession.newBuilder()
                                .setNonce(ByteString.copyFrom(new byte[16]))
                                .setNode("first")
                                .setLeaseMillis(60_000)))
                .addCommands(LogCommand.newBuilder().setSession(frame))
                .build();
    }

    // ------------------------------------------------------------ for fate

    World world() {
        return world;
    }

    List<SimNode> peerNodes() {
        return List.copyOf(nodes.values());
    }

    List<Actors> clients() {
        return clients;
    }

    @Nullable SimLog log(SimNode node) {
        return group.get(node.name());
    }

    void killPeer(SimNode node) {
        SimPeer peer = peers.remove(node.name());
        if (peer != null) {
            peer.crash();
            node.kill();
        }
    }

    void startPeer(String name) {
        SimNode node = nodes.get(name);
        SimDisk disk = disks.get(name);
        if (node == null || disk == null || peers.containsKey(name)) {
            return;
        }
        node.start();
        SimPeer peer = new SimPeer(node, disk, group, (index, digest) -> digested(name, index, digest));
        peers.put(name, peer);
        group.put(name, peer.log());
    }

    private void peace() {
        world.note("peace");
        world.heal();
        nodes.forEach((name, node) -> {
            SimDisk disk = disks.get(name);
            if (disk != null) {
                disk.full = false;
            }
            startPeer(name);
        });
        clients.forEach(Actors::startIfDead);
    }

    private @Nullable SimPipe<ClientFrame, ServerFrame> connect(
            SimNode from, String address, Consumer<ServerFrame> frames, Runnable ended) {
        String name = address.substring(0, address.indexOf(':'));
        SimPeer peer = peers.get(name);
        SimNode node = nodes.get(name);
        if (peer == null || node == null || world.isCut(from, node) || world.isCut(node, from)) {
            return null;
        }
        SimPipe<ClientFrame, ServerFrame> pipe = new SimPipe<>(from, node, frames, ended);
        peer.accept(pipe);
        return pipe;
    }

    private void digested(String peer, long index, long digest) {
        Long other = digests.putIfAbsent(index, digest);
        if (other != null && other != digest) {
            throw new IllegalStateException(
                    "the state of " + peer + " after entry " + index + " is not that of another peer");
        }
    }

    /** In peace nobody stays behind. */
    private void checkReplicas(long reached) {
        for (SimLog log : group.values()) {
            if (log.applied() < reached) {
                throw new IllegalStateException(
                        log.name() + " has applied " + log.applied() + ", another " + reached + " some time ago");
            }
        }
    }
}
