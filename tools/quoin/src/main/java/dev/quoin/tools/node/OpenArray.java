package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RoleState;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** An array that runs, with its devices by URL, and where its members were last. */
record OpenArray(RaidArray array, Map<String, BlockDevice> devices, MemberPlaces last) {
    OpenArray {
        devices = new ConcurrentHashMap<>(devices);
    }

    /** Whether the array sends requests to a device, or may at any moment. */
    boolean uses(String device) {
        ArrayStatus status = array.status();
        return status.spares().contains(device)
                || status.members().stream()
                        .anyMatch(member -> device.equals(member.replacement())
                                || (device.equals(member.device()) && member.state() != RoleState.FAILED));
    }

    /** What the records say of it. */
    ArrayRecord record() {
        return new ArrayRecord(array.status().uuid().toString(), urls(), spareUrls(), places());
    }

    /** Where its members are, or were last, by role. */
    List<MemberPlace> places() {
        return last.now(array.status());
    }

    /** Where the spares are. */
    List<String> spareUrls() {
        List<String> names = array.status().spares();
        return devices.entrySet().stream()
                .filter(entry -> names.contains(entry.getValue().name()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Where the members are, by role; empty for one that is missing. */
    List<String> urls() {
        var urls = new ArrayList<String>();
        for (ArrayStatus.MemberStatus member : array.status().members()) {
            urls.add(devices.entrySet().stream()
                    .filter(entry -> entry.getValue().name().equals(member.device()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(""));
        }
        return urls;
    }

    /** Closes devices that the array has given up. */
    void closeUnused() {
        ArrayStatus status = array.status();
        var used = new HashSet<>(status.spares());
        for (ArrayStatus.MemberStatus member : status.members()) {
            used.add(Optional.ofNullable(member.device()).orElse(""));
            used.add(Optional.ofNullable(member.replacement()).orElse(""));
        }
        devices.entrySet().removeIf(entry -> {
            boolean unused = !used.contains(entry.getValue().name());
            if (unused) {
                entry.getValue().close();
            }
            return unused;
        });
    }

    /** The size of the largest device, in bytes. */
    long largest() {
        return devices.values().stream()
                .mapToLong(device -> device.geometry().size())
                .max()
                .orElse(0);
    }

    /** The size of the device in a role, in bytes; 0 if there is none. */
    long deviceSize(int role) {
        String device = array.status().members().get(role).device();
        return devices.values().stream()
                .filter(candidate -> candidate.name().equals(device))
                .mapToLong(candidate -> candidate.geometry().size())
                .findFirst()
                .orElse(0);
    }

    /** Where a new file for a role can be, beside the other members. */
    String newFile(int role) throws Fault {
        Path directory = devices.keySet().stream()
                .flatMap(url -> MemberDevices.path(url).stream())
                .map(path -> path.toAbsolutePath().getParent())
                .findFirst()
                .orElseThrow(() -> Fault.usage(
                        "array " + array.status().name(),
                        "members that are no files found",
                        "name the new device with --with"));
        for (int number = 1; ; number++) {
            Path candidate = directory.resolve("member" + role + "-" + number);
            if (!Files.exists(candidate)) {
                return MemberDevices.url(candidate);
            }
        }
    }

    /** Refuses a role that the array does not have. */
    void requireRole(int role) throws Fault {
        int roles = array.status().members().size();
        if (role < 0 || role >= roles) {
            throw Fault.usage(
                    "array " + array.status().name(),
                    "member " + role + " found, 0 to " + (roles - 1) + " expected",
                    "quoin array show " + array.status().name());
        }
    }
}
