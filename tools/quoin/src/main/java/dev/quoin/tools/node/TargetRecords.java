package dev.quoin.tools.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.iscsi.AccessList;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.Fault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a node has to know of its targets at its next start, in the registry of the lock manager.
 *
 * <pre>
 * key                          | value, JSON in UTF-8
 * node/NODE/target/NUMBER      | {"v":1,"name":TEXT,"everybody":TRUTH,"initiators":[NAME, ...],"groups":[NUMBER, ...],
 *                              |  "configured":[NAME, ...],"deleted":TRUTH}
 * node/NODE/lun/NUMBER/LUN     | {"v":1,"volume":TEXT,"readOnly":TRUTH,"initiators":[NAME, ...]}
 * node/NODE/portal/HOST:PORT   | {"v":1,"group":NUMBER,"announced":[TEXT, ...],"weight":NUMBER}
 * </pre>
 *
 * <p>A target is known by its number, of which its SCSI ports are made; 0 is that of the configuration, which may change its name. The
 * record of a deleted target stays, so that its number is not soon given to another.
 *
 * <p>Any thread; all methods block.
 */
final class TargetRecords {

    private final NodeRecords records;

    TargetRecords(NodeRecords records) {
        this.records = records;
    }

    /**
     * A target.
     *
     * @param groups the portal groups through which it is reached; all if there are none
     * @param configured the access list that the configuration had when it was last taken over
     */
    record TargetRecord(String name, AccessList access, Set<Integer> groups, List<String> configured, boolean deleted) {
        TargetRecord {
            groups = Set.copyOf(groups);
            configured = List.copyOf(configured);
        }

        TargetRecord withAccess(AccessList list) {
            return new TargetRecord(name, list, groups, configured, deleted);
        }

        TargetRecord withGroups(Set<Integer> tags) {
            return new TargetRecord(name, access, tags, configured, deleted);
        }

        TargetRecord asDeleted() {
            return new TargetRecord(name, AccessList.of(Set.of()), Set.of(), List.of(), true);
        }
    }

    /**
     * A volume that a target exports.
     *
     * @param initiators those for whom alone it is there; everybody who may log in if there are none
     */
    record LunRecord(String volume, boolean readOnly, Set<String> initiators) {
        LunRecord {
            initiators = Set.copyOf(initiators);
        }
    }

    /** A portal that a command made. */
    record PortalRecord(int group, List<String> announced, int weight) {
        PortalRecord {
            announced = List.copyOf(announced);
        }
    }

    /** The targets by number, also deleted ones. */
    Map<Integer, TargetRecord> targets() throws Fault {
        var all = new TreeMap<Integer, TargetRecord>();
        for (Map.Entry<String, JsonNode> entry : records.range("target/").entrySet()) {
            JsonNode value = entry.getValue();
            var groups = new TreeSet<Integer>();
            value.path("groups").forEach(group -> groups.add(group.asInt()));
            all.put(
                    Integer.valueOf(entry.getKey()),
                    new TargetRecord(
                            value.path("name").asText(),
                            new AccessList(value.path("everybody").asBoolean(), Set.copyOf(texts(value, "initiators"))),
                            groups,
                            texts(value, "configured"),
                            value.path("deleted").asBoolean()));
        }
        return all;
    }

    void put(int number, TargetRecord target) throws Fault {
        ObjectNode value = NodeRecords.versioned()
                .put("name", target.name())
                .put("everybody", target.access().everybody());
        add(value, "initiators", new TreeSet<>(target.access().names()));
        new TreeSet<>(target.groups()).forEach(value.putArray("groups")::add);
        add(value, "configured", target.configured());
        records.put("target/" + number, value.put("deleted", target.deleted()));
    }

    /** The volumes that targets export, by the number of the target and the LUN. */
    Map<Integer, Map<Integer, LunRecord>> luns() throws Fault {
        var all = new HashMap<Integer, Map<Integer, LunRecord>>();
        for (Map.Entry<String, JsonNode> entry : records.range("lun/").entrySet()) {
            String key = entry.getKey();
            int slash = key.indexOf('/');
            JsonNode value = entry.getValue();
            all.computeIfAbsent(Integer.valueOf(key.substring(0, slash)), number -> new TreeMap<>())
                    .put(
                            Integer.valueOf(key.substring(slash + 1)),
                            new LunRecord(
                                    value.path("volume").asText(),
                                    value.path("readOnly").asBoolean(),
                                    Set.copyOf(texts(value, "initiators"))));
        }
        return all;
    }

    void put(int target, int lun, LunRecord record) throws Fault {
        ObjectNode value =
                NodeRecords.versioned().put("volume", record.volume()).put("readOnly", record.readOnly());
        add(value, "initiators", new TreeSet<>(record.initiators()));
        records.put("lun/" + target + "/" + lun, value);
    }

    void deleteLun(int target, int lun) throws Fault {
        records.delete("lun/" + target + "/" + lun);
    }

    /** The portals that commands made, by what they listen on. */
    Map<HostPort, PortalRecord> portals() throws Fault {
        var all = new HashMap<HostPort, PortalRecord>();
        for (Map.Entry<String, JsonNode> entry : records.range("portal/").entrySet()) {
            JsonNode value = entry.getValue();
            all.put(
                    HostPort.parse(entry.getKey()),
                    new PortalRecord(
                            value.path("group").asInt(),
                            texts(value, "announced"),
                            value.path("weight").asInt()));
        }
        return all;
    }

    void put(HostPort address, PortalRecord portal) throws Fault {
        ObjectNode value = NodeRecords.versioned().put("group", portal.group()).put("weight", portal.weight());
        add(value, "announced", portal.announced());
        records.put("portal/" + address, value);
    }

    void deletePortal(HostPort address) throws Fault {
        records.delete("portal/" + address);
    }

    private static void add(ObjectNode value, String key, Collection<String> texts) {
        texts.forEach(value.putArray(key)::add);
    }

    private static List<String> texts(JsonNode value, String key) {
        var all = new ArrayList<String>();
        value.path(key).forEach(text -> all.add(text.asText()));
        return all;
    }
}
