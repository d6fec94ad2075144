package dev.quoin.tools.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node has to know at its next start, kept in the registry of the lock manager: nothing that commands change is in a
 * private file.
 *
 * <pre>
 * key                         | value, JSON in UTF-8
 * node/NODE/array/ARRAY       | {"v":1,"uuid":TEXT,"members":[URL or null, ...],"spares":[URL, ...],
 *                             |  "disks":[{"device":TEXT or null,"serial":TEXT or null}, ...]}, members and disks by role
 * node/NODE/spares            | {"v":1,"devices":[URL, ...]}, those that wait for any array
 * node/NODE/volume/VOLUME     | {"v":1,"mounted":TRUTH,"deleted":TRUTH}
 * </pre>
 *
 * <p>{@code disks} is of people, who look for a disk: also of a member that is not there any more. Older releases leave it out, and ignore it.
 *
 * <p>Any thread; all methods block.
 */
final class NodeRecords {

    private static final int VERSION = 1;

    private final Registry registry;
    private final String prefix;

    NodeRecords(Registry registry, String node) {
        this.registry = registry;
        this.prefix = "node/" + node + "/";
    }

    /**
     * An array that was made.
     *
     * @param members the URLs by role; empty where a member has none
     * @param spares the URLs of its other devices
     * @param disks where the members are or were last, by role; fewer than members if nothing is known of the last
     */
    record ArrayRecord(String uuid, List<String> members, List<String> spares, List<MemberPlace> disks) {
        ArrayRecord {
            members = List.copyOf(members);
            spares = List.copyOf(spares);
            disks = List.copyOf(disks);
        }

        ArrayRecord withMember(String url) {
            return new ArrayRecord(uuid, and(members, url), spares, disks);
        }

        ArrayRecord withSpare(String url) {
            return withSpares(and(spares, url));
        }

        ArrayRecord withSpares(List<String> all) {
            return new ArrayRecord(uuid, members, all, disks);
        }

        ArrayRecord withDisks(List<MemberPlace> all) {
            return new ArrayRecord(uuid, members, spares, all);
        }

        private static List<String> and(List<String> urls, String url) {
            var more = new ArrayList<>(urls);
            more.add(url);
            return more;
        }

        /** The disks, by role; by their URLs where the record is of an older release. */
        List<MemberPlace> places() {
            var places = new ArrayList<>(disks);
            while (places.size() < members.size()) {
                places.add(new MemberPlace(members.get(places.size()), ""));
            }
            return places;
        }

        /** The serial number of a device, by its URL or its name; empty if it is not known. */
        String serial(String device) {
            for (int role = 0; role < disks.size(); role++) {
                MemberPlace disk = disks.get(role);
                boolean isMember = role < members.size() && members.get(role).equals(device);
                if (!disk.serial().isEmpty() && (isMember || disk.device().equals(device))) {
                    return disk.serial();
                }
            }
            return "";
        }
    }

    /**
     * A volume that was made; its LUNs are in {@link TargetRecords}.
     *
     * @param mounted whether the node opens the file system on it
     * @param deleted whether it was deleted since, so that it is not made again
     */
    record VolumeRecord(boolean mounted, boolean deleted) {

        /** A volume that is not opened. */
        static final VolumeRecord PLAIN = new VolumeRecord(false, false);

        VolumeRecord withMounted(boolean newMounted) {
            return new VolumeRecord(newMounted, deleted);
        }
    }

    Map<String, ArrayRecord> arrays() throws Fault {
        var all = new TreeMap<String, ArrayRecord>();
        for (Map.Entry<String, JsonNode> entry : range("array/").entrySet()) {
            var members = new ArrayList<String>();
            entry.getValue().path("members").forEach(member -> members.add(member.isNull() ? "" : member.asText()));
            String uuid = entry.getValue().path("uuid").asText();
            List<String> spares = texts(entry.getValue().path("spares"));
            all.put(entry.getKey(), new ArrayRecord(uuid, members, spares, disks(entry.getValue())));
        }
        return all;
    }

    private static List<MemberPlace> disks(JsonNode array) {
        var disks = new ArrayList<MemberPlace>();
        array.path("disks")
                .forEach(disk -> disks.add(new MemberPlace(
                        disk.path("device").asText(""), disk.path("serial").asText(""))));
        return disks;
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** The URLs of the devices that wait for any array. */
    List<String> spares() throws Fault {
        JsonNode found = range("spares").get("");
        return found == null ? List.of() : texts(found.path("devices"));
    }

    void putSpares(List<String> devices) throws Fault {
        put("spares", value(devices));
    }

    /** Writes both in one step. Durable when it returns. */
    void put(String array, ArrayRecord record, List<String> spares) throws Fault {
        commit(
                "array/" + array,
                Transaction.builder()
                        .put(prefix + "array/" + array, bytes(value(record)))
                        .put(prefix + "spares", bytes(value(spares))));
    }

    private static ObjectNode value(List<String> spares) {
        ObjectNode value = versioned();
        ArrayNode devices = value.putArray("devices");
        spares.forEach(devices::add);
        return value;
    }

    private static byte[] bytes(ObjectNode value) {
        return Json.line(value).getBytes(StandardCharsets.UTF_8);
    }

    void put(String array, ArrayRecord record) throws Fault {
        put("array/" + array, value(record));
    }

    private static ObjectNode value(ArrayRecord record) {
        ObjectNode value = versioned().put("uuid", record.uuid());
        ArrayNode members = value.putArray("members");
        record.members().forEach(member -> members.add(member.isEmpty() ? null : member));
        ArrayNode spares = value.putArray("spares");
        record.spares().forEach(spares::add);
        ArrayNode disks = value.putArray("disks");
        record.disks()
                .forEach(disk -> disks.addObject()
                        .put("device", disk.device().isEmpty() ? null : disk.device())
                        .put("serial", disk.serial().isEmpty() ? null : disk.serial()));
        return value;
    }

    Map<String, VolumeRecord> volumes() throws Fault {
        var all = new TreeMap<String, VolumeRecord>();
        for (Map.Entry<String, JsonNode> entry : range("volume/").entrySet()) {
            all.put(entry.getKey(), volumeRecord(entry.getValue()));
        }
        return all;
    }

    /** The LUNs of volumes whose records are of the time when they held them, by the names of the volumes. */
    Map<String, Integer> formerLuns() throws Fault {
        var all = new TreeMap<String, Integer>();
        for (Map.Entry<String, JsonNode> entry : range("volume/").entrySet()) {
            JsonNode lun = entry.getValue().path("lun");
            if (lun.isInt()) {
                all.put(entry.getKey(), lun.asInt());
            }
        }
        return all;
    }

    Optional<VolumeRecord> volume(String name) throws Fault {
        return Optional.ofNullable(volumes().get(name));
    }

    void put(String volume, VolumeRecord record) throws Fault {
        put("volume/" + volume, versioned().put("mounted", record.mounted()).put("deleted", record.deleted()));
    }

    private static VolumeRecord volumeRecord(JsonNode value) {
        return new VolumeRecord(
                value.path("mounted").asBoolean(), value.path("deleted").asBoolean());
    }

    /** A value of this version, with nothing in it yet. */
    static ObjectNode versioned() {
        return Json.object().put("v", VERSION);
    }

    /** The records whose keys, after that of the node, begin so; by the rest of their keys. */
    Map<String, JsonNode> range(String kind) throws Fault {
        var all = new TreeMap<String, JsonNode>();
        try {
            for (Registry.Entry entry : registry.range(prefix + kind)) {
                JsonNode value = Json.read(new String(entry.value(), StandardCharsets.UTF_8));
                if (value.path("v").asInt() != VERSION) {
                    throw new Fault(
                            ExitCode.FAILED,
                            "record " + entry.key(),
                            "version " + value.path("v") + " found, " + VERSION + " expected",
                            "start the version of quoin that wrote it");
                }
                all.put(entry.key().substring(prefix.length() + kind.length()), value);
            }
            return all;
        } catch (DlmException failure) {
            throw Faults.of("lock manager", failure);
        } catch (IOException notJson) {
            throw Fault.failed(
                    "records " + prefix + kind,
                    "text that is not JSON found",
                    "report it with the node's log",
                    notJson);
        }
    }

    /** Keeps a record. Durable when it returns. */
    void put(String key, ObjectNode value) throws Fault {
        String line = Json.line(value);
        if (line.length() > Registry.VALUE_LENGTH_MAX) {
            throw Fault.usage(
                    "record " + prefix + key,
                    line.length() + " bytes found, at most " + Registry.VALUE_LENGTH_MAX + " expected",
                    "name fewer initiators");
        }
        commit(key, Transaction.builder().put(prefix + key, line.getBytes(StandardCharsets.UTF_8)));
    }

    /** Forgets a record. Durable when it returns. */
    void delete(String key) throws Fault {
        commit(key, Transaction.builder().delete(prefix + key));
    }

    private void commit(String key, Transaction.Builder change) throws Fault {
        TransactionOutcome outcome = registry.commit(change.build());
        if (!(outcome instanceof TransactionOutcome.Committed)) {
            throw Faults.of("record " + prefix + key, outcome);
        }
    }
}
