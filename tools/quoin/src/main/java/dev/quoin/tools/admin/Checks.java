package dev.quoin.tools.admin;

import dev.quoin.admin.proto.Health;
import dev.quoin.admin.proto.HealthCheck;
import dev.quoin.blockstore.PoolInfo;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.RoleState;
import dev.quoin.tools.node.Arrays;
import dev.quoin.tools.node.FileSystems;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.Peers;
import dev.quoin.tools.node.TargetPortals;
import java.util.ArrayList;
import java.util.List;

/**
 * What a person should know of a node. The names of the checks are interface:
 *
 * <ul>
 *   <li>{@code DLM_NO_LEADER}, {@code DLM_PEER_DOWN}: the lock manager does not work, or has lost some of its margin
 *   <li>{@code SESSION_LOST}, {@code POOL_FENCED}: the node was given up by the others
 *   <li>{@code RAID_FAILED}, {@code RAID_DEGRADED}, {@code RAID_BLOCKS_LOST}
 *   <li>{@code PORTAL_DOWN}: the target is to listen at an address and cannot
 *   <li>{@code FS_WITHDRAWN}: a node has a file system open and does not work on it any more
 * </ul>
 */
final class Checks {

    private static final String RESTART = "stop the node and start it again";

    private final List<HealthCheck> found = new ArrayList<>();

    private Checks() {}

    /** Everything that is not as it should be, the worst first. */
    static List<HealthCheck> of(Node node) {
        var checks = new Checks();
        checks.lockManager(node);
        checks.pools(node);
        node.arrays().all().forEach((name, array) -> checks.array(node.arrays(), name, array.status()));
        node.targetPortals().ifPresent(all -> all.list().forEach(checks::portal));
        node.fileSystems().ifPresent(all -> all.list().forEach(checks::fileSystem));
        checks.found.sort((a, b) -> b.getHealth().compareTo(a.getHealth()));
        return checks.found;
    }

    /** The worst of all. */
    static Health worst(List<HealthCheck> checks) {
        return checks.stream()
                .map(HealthCheck::getHealth)
                .max(Health::compareTo)
                .orElse(Health.HEALTH_OK);
    }

    private void lockManager(Node node) {
        List<Peers.State> peers = node.peers().list();
        List<String> down = peers.stream()
                .filter(peer -> peer.state().equals("stopped"))
                .map(Peers.State::id)
                .toList();
        if (node.peers().leader().isEmpty()) {
            add(Health.HEALTH_CRIT, "DLM_NO_LEADER", "lock manager", "no leader known", "start most of the peers");
        }
        if (!down.isEmpty()) {
            add(
                    Health.HEALTH_WARN,
                    "DLM_PEER_DOWN",
                    "lock manager",
                    down.size() + " of " + peers.size() + " peers stopped: " + String.join(", ", down),
                    RESTART);
        }
        if (!node.isSessionAlive()) {
            add(Health.HEALTH_CRIT, "SESSION_LOST", "node " + node.name(), "its lock session has ended", RESTART);
        }
    }

    private void pools(Node node) {
        for (PoolInfo pool : node.volumes().pools()) {
            if (pool.fenced()) {
                add(
                        Health.HEALTH_CRIT,
                        "POOL_FENCED",
                        "pool " + pool.name(),
                        "this node no longer owns it, its volumes do not answer",
                        RESTART);
            }
        }
    }

    private void array(Arrays arrays, String name, ArrayStatus status) {
        String object = "array " + name;
        long active = status.members().stream()
                .filter(member -> member.state() == RoleState.IN_SYNC)
                .count();
        String count = active + " of " + status.members().size() + " members active" + failed(arrays, name, status);
        switch (status.health()) {
            case OPTIMAL -> {}
            case DEGRADED -> add(Health.HEALTH_WARN, "RAID_DEGRADED", object, count, repair(name, status));
            case FAILED ->
                add(
                        Health.HEALTH_CRIT,
                        "RAID_FAILED",
                        object,
                        count,
                        "bring the missing devices back and start the node again");
        }
        int bad = status.members().stream()
                .mapToInt(ArrayStatus.MemberStatus::badBlocks)
                .sum();
        if (bad > 0) {
            add(
                    Health.HEALTH_CRIT,
                    "RAID_BLOCKS_LOST",
                    object,
                    bad + " blocks cannot be read any more",
                    "restore what lies there from a copy");
        }
    }

    /** Which disks to look for. */
    private static String failed(Arrays arrays, String name, ArrayStatus status) {
        var text = new StringBuilder();
        for (ArrayStatus.MemberStatus member : status.members()) {
            if (member.state() == RoleState.FAILED) {
                String disk = arrays.place(name, member.role()).label();
                String state = member.device() == null ? " is missing, it was on " : " failed on ";
                text.append("; member ").append(member.role()).append(state).append(disk);
            }
        }
        return text.toString();
    }

    private void portal(TargetPortals.State portal) {
        if (portal.state().equals("down")) {
            add(
                    Health.HEALTH_WARN,
                    "PORTAL_DOWN",
                    "portal " + portal.address(),
                    "its address cannot be listened on",
                    "give this machine the address and start the node again, or quoin portal delete "
                            + portal.address());
        }
    }

    private static String repair(String name, ArrayStatus status) {
        if (status.activity() == ArrayStatus.Activity.REBUILDING) {
            return "quoin array rebuild " + name + " shows how far the rebuild is";
        }
        if (status.activity() == ArrayStatus.Activity.RESHAPING) {
            return "quoin array grow " + name + " goes on with the reshape; replace the member when that has ended";
        }
        for (ArrayStatus.MemberStatus member : status.members()) {
            if (member.state() == RoleState.FAILED) {
                return "quoin array replace " + name + " " + member.role() + ", then quoin array rebuild " + name;
            }
        }
        return "quoin array rebuild " + name;
    }

    private void fileSystem(FileSystems.State state) {
        if (!state.withdrawn().isEmpty()) {
            add(
                    Health.HEALTH_CRIT,
                    "FS_WITHDRAWN",
                    "file system " + state.volume(),
                    "does not work any more on " + String.join(", ", state.withdrawn()),
                    RESTART);
        }
    }

    private void add(Health health, String name, String object, String summary, String next) {
        found.add(HealthCheck.newBuilder()
                .setName(name)
                .setHealth(health)
                .setObject(object)
                .setSummary(summary)
                .setNext(next)
                .build());
    }
}
