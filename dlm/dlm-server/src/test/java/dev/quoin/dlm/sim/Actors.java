package dev.quoin.dlm.sim;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.client.SimClient;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.sim.Beliefs.Belief;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client process with some actors that take, convert and give back locks, again and again. */
final class Actors {

    private static final int RESOURCES = 4;
    private static final int LEASE_MILLIS_MIN = 600;
    private static final int LEASE_MILLIS_MAX = 3_000;
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final List<LockMode> MODES =
            List.of(LockMode.EX, LockMode.EX, LockMode.PR, LockMode.PR, LockMode.CW);

    /** Reaches a peer from a node. */
    @FunctionalInterface
    interface Network {
        @Nullable SimPipe<ClientFrame, ServerFrame> connect(
                SimNode from, String address, Consumer<ServerFrame> frames, Runnable ended);
    }

    private record Asked(CompletableFuture<?> future, String what) {}

    private final World world;
    private final SimNode node;
    private final int count;
    private final Beliefs beliefs;
    private final List<String> addresses;
    private final Network network;
    private final List<Asked> open = new ArrayList<>();
    private @Nullable ClientSession session;
    private final Duration lease;
    private boolean finishing;
    private int lost;
    private int life;

    Actors(SimNode node, int count, Beliefs beliefs, List<String> addresses, Network network) {
        world = node.world();
        this.node = node;
        this.count = count;
        this.beliefs = beliefs;
        this.addresses = addresses;
        this.network = network;
        lease = Duration.ofMillis(world.random.nextInt(LEASE_MILLIS_MIN, LEASE_MILLIS_MAX));
    }

    SimNode node() {
        return node;
    }

    int lost() {
        return lost;
    }

    /** The process starts. */
    void start() {
        life++;
        node.start();
        session = null;
        open.clear();
        SimClient client = new SimClient(
                node, addresses, (address, frames, ended) -> network.connect(node, address, frames, ended));
        openSession(client);
        for (int i = 0; i < count; i++) {
            act();
        }
    }

    void kill() {
        node.kill();
        beliefs.dropAll(node);
    }

    void startIfDead() {
        if (!node.isRunning()) {
            start();
        }
    }

    void finish() {
        finishing = true;
    }

    /** All that was asked has been answered. */
    void checkFinished() {
        for (Asked asked : open) {
            if (!asked.future().isDone()) {
                throw new IllegalStateException("a request of " + node + " was never answered: " + asked.what());
            }
        }
    }

    private void openSession(SimClient client) {
        String name = node.name() + "-" + life;
        client.open(name, lease, PATIENCE).thenAccept(opened -> {
            session = opened;
            world.note(node + " has session " + opened.session());
            opened.onLost(() -> {
                world.note(node + " has lost session " + opened.session());
                lost++;
                session = null;
                openSession(client);
            });
        });
    }

    private void act() {
        node.after(world.random.nextLong(150 * World.MILLI), "", () -> {
            if (finishing) {
                return;
            }
            ClientSession mine = session;
            if (mine == null) {
                act();
            } else {
                acquire(mine);
            }
        });
    }

    private <T> CompletableFuture<T> opened(String what, CompletableFuture<T> future) {
        open.removeIf(asked -> asked.future().isDone());
        open.add(new Asked(future, what + " at " + world.now() / World.MILLI + " ms"));
        return future;
    }

    private void acquire(ClientSession mine) {
        String resource = "r" + world.random.nextInt(RESOURCES);
        LockMode mode = MODES.get(world.random.nextInt(MODES.size()));
        LockRequest request = LockRequest.of(mode);
        if (world.chance(0.3)) {
            request = request.timeout(Duration.ofMillis(1 + world.random.nextInt(2_000)));
        } else if (world.chance(0.2)) {
            request = request.noQueue();
        }
        Beliefs.Since since = beliefs.now(resource);
        opened(
                        mine + " acquires " + resource + " " + request,
                        SimClient.space(mine).acquireAsync(ResourceName.of(resource), request))
                .thenAccept(outcome -> {
                    if (outcome instanceof LockOutcome.Granted(Held held)) {
                        hold(beliefs.granted(node, resource, held, mode, since));
                    } else {
                        world.note(node + " gets no " + resource + ": "
                                + outcome.getClass().getSimpleName());
                        act();
                    }
                });
    }

    private void hold(Belief belief) {
        node.after(world.random.nextLong(120 * World.MILLI), "", () -> {
            if (world.chance(0.3) && belief.stands() && belief.mode != LockMode.CW) {
                convert(belief);
            } else {
                release(belief);
            }
        });
    }

    private void convert(Belief belief) {
        LockMode to = belief.mode == LockMode.EX ? LockMode.PR : LockMode.EX;
        if (to == LockMode.PR) {
            // The servers may give the rest away before it is heard of.
            belief.mode = to;
        }
        Beliefs.Since since = beliefs.now(belief.resource);
        opened(
                        belief + " converts to " + to,
                        belief.held.convertAsync(LockRequest.of(to).timeout(Duration.ofMillis(500))))
                .thenAccept(outcome -> {
                    if (outcome instanceof LockOutcome.Granted) {
                        belief.mode = to;
                        beliefs.regranted(belief, since);
                    }
                    release(belief);
                });
    }

    private void release(Belief belief) {
        boolean writes = belief.held.mode().writesValueBlock() && belief.mode == LockMode.EX && world.chance(0.7);
        long token = belief.held.token().value();
        beliefs.drop(belief);
        opened(belief + " is released", belief.held.releaseAsync(writes ? Beliefs.value(belief) : null))
                .whenComplete((done, failure) -> {
                    if (failure == null && writes) {
                        beliefs.written(belief.resource, token);
                    }
                    act();
                });
    }
}
