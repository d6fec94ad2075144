package dev.quoin.tools.node;

import dev.quoin.dlm.fence.FenceAgent;
import dev.quoin.dlm.fence.ProgramFence;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.server.DlmPeer;
import dev.quoin.dlm.server.DlmPeerConfig;
import dev.quoin.metrics.Meters;
import dev.quoin.tools.config.DlmConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers of the lock manager that run in this process, each with its own directory.
 *
 * <p>Its own lock guards which of them run.
 */
public final class Peers implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final Duration POLL = Duration.ofMillis(20);

    private final DlmConfig config;
    private final Path directory;
    private final Meters meters;
    private final List<FenceAgent> fenceAgents;
    private final Map<String, DlmPeer> running = new TreeMap<>();

    /**
     * A peer at one moment.
     *
     * @param state leader, follower, stopped, or remote for one that runs elsewhere
     */
    public record State(String id, String address, String state) {}

    /**
     * The peers of a configuration; none runs yet.
     *
     * @param target cuts off who reaches the storage through this node's target
     */
    Peers(DlmConfig config, Path directory, FenceAgent target, Meters meters) {
        this.config = config;
        this.meters = meters;
        this.directory = directory;
        var agents = new ArrayList<FenceAgent>();
        agents.add(target);
        config.fence().forEach(one -> agents.add(new ProgramFence(Path.of(one.program()), one.timeout())));
        fenceAgents = List.copyOf(agents);
    }

    /** Starts all peers that belong here. Blocking; a leader may yet have to be elected. */
    void startAll() throws Fault {
        for (DlmConfig.Peer peer : config.peers()) {
            if (peer.here()) {
                start(peer.id());
            }
        }
    }

    /** Starts a peer that does not run. Blocking. */
    public synchronized void start(String id) throws Fault {
        if (running.containsKey(id)) {
            return;
        }
        try {
            DlmPeer peer = DlmPeer.start(
                    configuration(id)
                            .elections(
                                    config.electionTimeout(),
                                    config.electionTimeout().multipliedBy(2))
                            .transport(config.transport())
                            .deadlockWait(config.deadlockWait())
                            .access(access())
                            .fenceAgents(fenceAgents.toArray(FenceAgent[]::new)),
                    meters);
            running.put(id, peer);
            peer.stopped().exceptionally(why -> {
                LOG.error("lock manager peer stopped by itself peer={}", id, why);
                return null;
            });
        } catch (IOException failure) {
            throw Fault.failed(
                    "lock manager peer " + id,
                    "cannot be started: " + failure.getMessage(),
                    "see that its two addresses in the configuration are free and its directory writable",
                    failure);
        }
    }

    private DlmPeerConfig configuration(String id) throws Fault {
        Security security = LockServers.security(config, Role.PEER, id);
        List<DlmPeerConfig.Peer> all = new ArrayList<>();
        for (DlmConfig.Peer peer : config.peers()) {
            List<String> clients = new ArrayList<>();
            clients.add(peer.clients().toString());
            peer.moreClients().forEach(address -> clients.add(address.toString()));
            all.add(new DlmPeerConfig.Peer(peer.id(), peer.raft().toString(), clients, peer.witness()));
            if (peer.id().equals(id) && peer.join()) {
                return DlmPeerConfig.joining(config.cluster(), all.getLast(), directory.resolve(id), security);
            }
        }
        return DlmPeerConfig.of(config.cluster(), id, all, directory.resolve(id), security);
    }

    private AccessList access() {
        return config.access().isEmpty()
                ? AccessList.EVERYTHING
                : new AccessList(config.access().stream()
                        .map(one -> new AccessList.Entry(one.node(), one.lockspaces()))
                        .toList());
    }

    /** Stops a peer, as its machine would stop. Blocking. */
    public synchronized void stop(String id) {
        DlmPeer peer = running.remove(id);
        if (peer != null) {
            peer.close();
        }
    }

    /** The peers by id. */
    public synchronized List<State> list() {
        var states = new ArrayList<State>();
        for (DlmConfig.Peer peer : config.peers()) {
            DlmPeer here = running.get(peer.id());
            String state;
            if (here == null || here.stopped().isDone()) {
                state = peer.here() ? "stopped" : "remote";
            } else {
                state = here.isLeader() ? "leader" : "follower";
            }
            states.add(new State(peer.id(), peer.clients().toString(), state));
        }
        return states;
    }

    /** The peer that leads, as far as those that run here know. */
    public synchronized Optional<String> leader() {
        for (DlmPeer peer : running.values()) {
            if (peer.isLeader()) {
                return Optional.of(peer.id());
            }
        }
        return running.values().stream().flatMap(peer -> peer.leader().stream()).findFirst();
    }

    /** Waits until a peer here leads, or one here knows a leader elsewhere. Blocking. */
    public String awaitLeader(Duration limit) throws Fault {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<String> leader = leader().filter(this::leads);
            if (leader.isPresent()) {
                return leader.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new Fault(
                        ExitCode.NO_QUORUM,
                        "lock manager",
                        "no leader after " + limit.toSeconds() + " s, one expected",
                        "see that most of the peers run and reach each other");
            }
            pause();
        }
    }

    /** A peer here leads when it says so itself; of one elsewhere nothing more is known. */
    private synchronized boolean leads(String id) {
        DlmPeer here = running.get(id);
        boolean elsewhere = config.peers().stream().anyMatch(peer -> peer.id().equals(id) && !peer.here());
        return elsewhere || (here != null && here.isLeader());
    }

    private static void pause() throws Fault {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new Fault(ExitCode.INTERRUPTED, "lock manager", "interrupted", "start again", interrupted);
        }
    }

    /** Stops all peers here. Blocking; idempotent. */
    @Override
    public synchronized void close() {
        // Followers first: the leader then has nobody to hand over to and no election to see.
        List<String> ids = new ArrayList<>(running.keySet());
        Optional<String> leader = leader();
        ids.sort((a, b) -> Boolean.compare(
                leader.filter(a::equals).isPresent(), leader.filter(b::equals).isPresent()));
        ids.forEach(this::stop);
    }
}
