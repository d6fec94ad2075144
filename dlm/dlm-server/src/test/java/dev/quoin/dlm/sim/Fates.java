package dev.quoin.dlm.sim;

import java.util.ArrayList;
import java.util.List;

/** What goes wrong, again and again, as chance wills it. */
final class Fates {

    private static final long BETWEEN_MAX = 1_500 * World.MILLI;
    private static final long LONG_PAUSE_MAX = 60 * World.SECOND;
    private static final long SHORT_PAUSE_MAX = 4 * World.SECOND;

    private final Simulation simulation;
    private final World world;
    private final SimNode fate;
    private final long end;

    /** Until {@code end}, when everybody is awake again. */
    Fates(Simulation simulation, SimNode fate, long end) {
        this.end = end;
        this.simulation = simulation;
        this.fate = fate;
        world = simulation.world();
    }

    void begin() {
        // First a while in which a leader is found and something is held.
        fate.after(2 * World.SECOND, "", this::strike);
    }

    private <T> T any(List<T> of) {
        return of.get(world.random.nextInt(of.size()));
    }

    /** A peer; often the one that leads. */
    private SimNode peer() {
        for (SimNode node : simulation.peerNodes()) {
            SimLog log = simulation.log(node);
            if (log != null && node.isRunning() && log.isLeader() && world.chance(0.5)) {
                return node;
            }
        }
        return any(simulation.peerNodes());
    }

    private void strike() {
        switch (world.random.nextInt(10)) {
            case 0 -> killPeer(peer());
            case 1 -> pause(peer());
            case 2 -> cutOff(peer());
            case 3 -> cutOneWay();
            case 4 -> world.heal();
            case 5 -> pause(any(simulation.clients()).node());
            case 6 -> killClient(any(simulation.clients()));
            case 7 -> fillDisk(peer());
            case 8 -> cutOffTogether(peer(), any(simulation.clients()).node());
            default -> any(simulation.peerNodes()).jumpWallClock(world.random.nextLong(-3_600_000, 3_600_000));
        }
        fate.after(world.random.nextLong(BETWEEN_MAX), "", this::strike);
    }

    private long pauseTime() {
        long nanos = world.random.nextLong(world.chance(0.1) ? LONG_PAUSE_MAX : SHORT_PAUSE_MAX);
        return Math.min(nanos, end - world.now());
    }

    private void killPeer(SimNode node) {
        world.note("kill " + node);
        simulation.killPeer(node);
        fate.after(world.random.nextLong(SHORT_PAUSE_MAX), "start " + node, () -> simulation.startPeer(node.name()));
    }

    private void pause(SimNode node) {
        long nanos = pauseTime();
        world.note("pause " + node + " for " + nanos / World.MILLI + " ms");
        node.pause(nanos);
    }

    private List<SimNode> everybody() {
        List<SimNode> all = new ArrayList<>(simulation.peerNodes());
        simulation.clients().forEach(client -> all.add(client.node()));
        return all;
    }

    private void healSome() {
        fate.after(world.random.nextLong(SHORT_PAUSE_MAX), "heal", world::heal);
    }

    private void cutOff(SimNode node) {
        world.note("cut off " + node);
        // Sometimes from the peers alone, so that clients still reach it.
        List<SimNode> from = world.chance(0.5) ? everybody() : simulation.peerNodes();
        for (SimNode other : from) {
            world.cut(node, other);
            world.cut(other, node);
        }
        healSome();
    }

    /** A peer that may lead, and a client that reaches no other. */
    private void cutOffTogether(SimNode peer, SimNode client) {
        world.note("cut off " + peer + " and " + client);
        for (SimNode other : everybody()) {
            for (SimNode one : List.of(peer, client)) {
                if (!other.equals(peer) && !other.equals(client)) {
                    world.cut(one, other);
                    world.cut(other, one);
                }
            }
        }
        healSome();
    }

    private void cutOneWay() {
        SimNode from = peer();
        SimNode to = any(everybody());
        world.note("cut " + from + " to " + to);
        world.cut(from, to);
        healSome();
    }

    private void killClient(Actors client) {
        world.note("kill " + client.node());
        client.kill();
        fate.after(world.random.nextLong(SHORT_PAUSE_MAX), "start " + client.node(), () -> {
            if (!client.node().isRunning()) {
                client.start();
            }
        });
    }

    private void fillDisk(SimNode node) {
        SimLog log = simulation.log(node);
        if (log != null) {
            world.note("disk of " + node + " is full");
            log.diskFull(true);
            fate.after(world.random.nextLong(SHORT_PAUSE_MAX), "disk of " + node + " has room", () -> {
                SimLog now = simulation.log(node);
                if (now != null) {
                    now.diskFull(false);
                }
            });
        }
    }
}
