package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.Level;
import dev.quoin.raid.RoleState;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spares of a node, which wait for whichever of its arrays needs one first. For callers that exclude each other.
 */
final class NodeSpares {

    private static final Logger LOG = LoggerFactory.getLogger(NodeSpares.class);

    private final NodeRecords records;
    private final Consumer<String> notice;

    NodeSpares(NodeRecords records, Consumer<String> notice) {
        this.records = records;
        this.notice = notice;
    }

    /** Their URLs. */
    List<String> all() throws Fault {
        return records.spares();
    }

    /** Takes in a blank device that nobody uses. Durable when it returns. */
    void add(String url) throws Fault {
        try (BlockDevice device = MemberDevices.open(url)) {
            if (!MemberDevices.isBlank(device)) {
                throw Fault.conflict(
                        "device " + url, "holds something, a blank one expected", "name another, or make it blank");
            }
        } catch (DeviceException failure) {
            throw Faults.of("device " + url, failure);
        }
        var all = new ArrayList<>(records.spares());
        all.add(url);
        records.putSpares(all);
    }

    /** Gives one up. Durable when it returns. */
    List<String> remove(String url) throws Fault {
        var all = new ArrayList<>(records.spares());
        if (!all.remove(url)) {
            throw Fault.notFound(
                    "device " + url, "no spare of the node found, one of " + all + " expected", "name one");
        }
        records.putSpares(all);
        return all;
    }

    /** Gives the smallest spare of the node that fits to an array that is degraded and has none of its own. */
    void help(String name, OpenArray found) throws Fault {
        if (!needsSpare(found.array().status())) {
            return;
        }
        Map<String, BlockDevice> candidates = new LinkedHashMap<>();
        for (String url : records.spares()) {
            try {
                candidates.put(url, MemberDevices.open(url));
            } catch (DeviceException missing) {
                notice.accept("spare " + url + " cannot be opened: " + missing.getMessage());
            }
        }
        List<String> bySize = candidates.keySet().stream()
                .sorted(Comparator.comparingLong(
                        url -> candidates.get(url).geometry().size()))
                .toList();
        try {
            for (String url : bySize) {
                if (move(name, found, url, candidates.get(url))) {
                    candidates.remove(url);
                    return;
                }
            }
        } finally {
            candidates.values().forEach(BlockDevice::close);
        }
    }

    private static boolean needsSpare(ArrayStatus status) {
        return status.health() == ArrayStatus.Health.DEGRADED
                && status.level() != Level.RAID0
                && status.activity() != ArrayStatus.Activity.RESHAPING
                && status.spares().isEmpty()
                && status.members().stream().anyMatch(member -> member.state() == RoleState.FAILED);
    }

    /** First the records say whose it is, so that no other array can take it, whatever happens. */
    private boolean move(String name, OpenArray found, String url, BlockDevice device) throws Fault {
        List<String> before = records.spares();
        ArrayRecord own = found.record();
        records.put(
                name,
                own.withSpare(url),
                before.stream().filter(spare -> !spare.equals(url)).toList());
        try {
            found.array().add(device);
        } catch (DeviceException refused) {
            LOG.warn("spare of the node cannot be used array={} device={}", name, url, refused);
            records.put(name, own, before);
            return false;
        }
        found.devices().put(url, device);
        found.array().moved(url + " was a spare of the node");
        notice.accept("array " + name + ": took the spare " + url);
        return true;
    }
}
