package dev.quoin.tools.node;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Which devices are meant when an array is to be looked at or started, by the records of the node and by what was named. Blocking. */
final class KnownDevices {

    /** How many devices one scan looks at. */
    static final int DEVICES_MAX = 256;

    private KnownDevices() {}

    /**
     * Devices by their URLs.
     *
     * @param named those that are meant
     * @param others those that the records have beside them
     */
    record Wanted(List<String> named, List<String> others) {
        Wanted {
            named = List.copyOf(named);
            others = List.copyOf(others);
        }
    }

    /** The record of an array that was made. */
    static ArrayRecord of(NodeRecords records, String name) throws Fault {
        ArrayRecord record = records.arrays().get(name);
        if (record == null || record.uuid().isEmpty()) {
            throw Fault.notFound(
                    "array " + name,
                    "no such array found in the records of this node",
                    "quoin array list, or name the devices that it lies on");
        }
        return record;
    }

    /** Those that were named, a directory standing for the files in it, or those of the record if none were. */
    static Wanted of(NodeRecords records, String array, List<String> devices) throws Fault {
        if (devices.isEmpty()) {
            return new Wanted(urls(of(records, array)), List.of());
        }
        var named = new LinkedHashSet<String>();
        for (String url : devices) {
            named.addAll(expanded(url));
        }
        if (named.size() > DEVICES_MAX) {
            throw Fault.usage(
                    "devices",
                    named.size() + " found, at most " + DEVICES_MAX + " expected",
                    "name those of one array, or of a few");
        }
        ArrayRecord record = records.arrays().get(array);
        List<String> others = record == null ? new ArrayList<>() : urls(record);
        others.removeAll(named);
        return new Wanted(List.copyOf(named), others);
    }

    private static List<String> urls(ArrayRecord record) {
        List<String> urls = new ArrayList<>(Stream.concat(record.members().stream(), record.spares().stream())
                .distinct()
                .toList());
        urls.remove("");
        return urls;
    }

    private static List<String> expanded(String url) throws Fault {
        Optional<Path> path = MemberDevices.path(url);
        if (path.isEmpty() || !Files.isDirectory(path.get())) {
            return List.of(url);
        }
        try (Stream<Path> files = Files.list(path.get())) {
            return files.filter(Files::isRegularFile)
                    .sorted()
                    .limit(DEVICES_MAX + 1L)
                    .map(MemberDevices::url)
                    .toList();
        } catch (IOException failure) {
            throw Fault.failed(
                    "device " + url, "cannot be listed: " + failure, "see the permissions of the directory", failure);
        }
    }

    /** Refuses an array of the name of another that the node knows. */
    static void requireSame(NodeRecords records, String name, UUID found) throws Fault {
        ArrayRecord record = records.arrays().get(name);
        if (record != null && !record.uuid().isEmpty() && !record.uuid().equals(found.toString())) {
            throw new Fault(
                    ExitCode.CONFLICT,
                    "array " + name,
                    "the devices hold array " + found + ", and this node knows another of the name, " + record.uuid(),
                    "start it on another node");
        }
    }

    /** Refuses a device that an array uses or that is a spare of the node. */
    static void requireUnused(NodeRecords records, Map<String, OpenArray> open, String url) throws Fault {
        if (records.spares().contains(url)) {
            throw Fault.conflict(
                    "device " + url,
                    "a spare of the node, a free one expected",
                    "name another, or take it away with quoin array remove --global");
        }
        for (Map.Entry<String, OpenArray> entry : open.entrySet()) {
            if (entry.getValue().devices().containsKey(url)) {
                throw Fault.conflict(
                        "device " + url, "used by array " + entry.getKey() + ", a free one expected", "name another");
            }
        }
    }
}
