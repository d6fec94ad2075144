package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.Examination;
import dev.quoin.raid.Examination.FoundArray;
import dev.quoin.raid.Finding;
import dev.quoin.raid.RaidArray;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Devices that were opened and looked at. Not for several threads. Whoever makes it closes it; devices that an array takes over stay
 * open.
 */
public final class DeviceScan implements AutoCloseable {

    /**
     * What a device is.
     *
     * @param kind one of {@link Finding.Kind}, {@code in-use} or {@code unreachable}
     * @param serial the serial number of the disk, also of one that is gone if it is known; empty if not
     * @param finding null if it could not be opened
     */
    public record Row(
            String url,
            String kind,
            String detail,
            String serial,
            @Nullable Finding finding) {}

    private final Map<String, BlockDevice> devices;
    private final List<Row> rows;
    private final List<FoundArray> arrays;

    private DeviceScan(Map<String, BlockDevice> devices, List<Row> rows, List<FoundArray> arrays) {
        this.devices = devices;
        this.rows = rows;
        this.arrays = arrays;
    }

    /**
     * Opens devices and looks at them. Blocking; changes nothing.
     *
     * @param open the arrays that run, whose devices are not opened
     * @param records those of arrays, which know the serial numbers of devices that are gone
     */
    static DeviceScan of(KnownDevices.Wanted wanted, Map<String, OpenArray> open, Collection<ArrayRecord> records) {
        Map<String, BlockDevice> devices = new LinkedHashMap<>();
        Map<String, Row> rows = new LinkedHashMap<>();
        for (String url : wanted.named()) {
            Row used = used(url, open);
            rows.put(url, used == null ? opened(url, records, devices) : used);
        }
        Map<String, BlockDevice> others = new LinkedHashMap<>();
        for (String url : wanted.others()) {
            if (used(url, open) == null) {
                opened(url, records, others);
            }
        }
        try {
            Examination examination = RaidArray.examine(List.copyOf(devices.values()), List.copyOf(others.values()));
            Map<BlockDevice, String> urls = new HashMap<>();
            devices.forEach((url, device) -> urls.put(device, url));
            for (Finding finding : examination.devices()) {
                String url = String.valueOf(urls.get(finding.device()));
                String serial = finding.device().serialNumber().orElse("");
                rows.put(url, new Row(url, finding.kind().word(), finding.detail(), serial, finding));
            }
            return new DeviceScan(devices, List.copyOf(rows.values()), examination.arrays());
        } finally {
            others.values().forEach(BlockDevice::close);
        }
    }

    private static @Nullable Row used(String url, Map<String, OpenArray> open) {
        for (Map.Entry<String, OpenArray> each : open.entrySet()) {
            BlockDevice device = each.getValue().devices().get(url);
            if (device != null) {
                String detail = "is used by array " + each.getKey() + ", which runs";
                return new Row(url, "in-use", detail, device.serialNumber().orElse(""), null);
            }
        }
        return null;
    }

    private static Row opened(String url, Collection<ArrayRecord> records, Map<String, BlockDevice> devices) {
        try {
            devices.put(url, MemberDevices.open(url));
            return new Row(url, "", "", "", null);
        } catch (DeviceException failure) {
            boolean busy = failure.code() == DeviceException.Code.BUSY;
            String serial = records.stream()
                    .map(record -> record.serial(url))
                    .filter(known -> !known.isEmpty())
                    .findFirst()
                    .orElse("");
            return new Row(
                    url, busy ? "in-use" : "unreachable", "cannot be opened: " + failure.getMessage(), serial, null);
        }
    }

    /** What each device is, in the order in which they were named. */
    public List<Row> rows() {
        return rows;
    }

    /** The arrays of which members were found. */
    public List<FoundArray> arrays() {
        return arrays;
    }

    /**
     * The array of a name, if it can start.
     *
     * @throws Fault if it was not found, or why it cannot start from these devices
     */
    FoundArray require(String name, boolean force) throws Fault {
        List<FoundArray> found =
                arrays.stream().filter(array -> array.name().equals(name)).toList();
        String object = "array " + name;
        if (found.isEmpty()) {
            throw Fault.notFound(object, "no member of it found: " + explanation(), "name the devices that it lies on");
        }
        if (found.size() > 1) {
            throw Fault.conflict(
                    object,
                    "several arrays of the name found: "
                            + found.stream().map(FoundArray::uuid).toList(),
                    "name the devices of one; quoin array examine tells them apart");
        }
        FoundArray array = found.getFirst();
        return switch (array.start()) {
            case COMPLETE, DEGRADED -> array;
            case FORCED -> {
                if (force) {
                    yield array;
                }
                throw new Fault(
                        ExitCode.CRITICAL,
                        object,
                        "cannot be started: " + array.why() + ". " + String.join(" ", array.loss()),
                        "bring the missing devices back, from a copy if need be; or give up what is lost with --force");
            }
            case REFUSED ->
                throw new Fault(
                        ExitCode.CRITICAL, object, "cannot be started: " + array.why() + others(array), next(array));
        };
    }

    private String explanation() {
        return rows.stream().map(row -> row.url() + " " + row.detail()).collect(Collectors.joining(", "));
    }

    /** What the other devices are, of which the array itself cannot say anything. */
    private String others(FoundArray array) {
        List<String> others = new ArrayList<>();
        for (Row row : rows) {
            if (row.finding() == null || !array.uuid().equals(row.finding().array())) {
                others.add(row.url() + " " + row.detail());
            }
        }
        return others.isEmpty() ? "" : "; not of it: " + String.join(", ", others);
    }

    private String next(FoundArray array) {
        for (Row row : rows) {
            Finding finding = row.finding();
            if (finding == null || !array.uuid().equals(finding.array())) {
                continue;
            }
            switch (finding.kind()) {
                case HALF_CREATED -> {
                    return "nothing was stored on it yet: create it again, with --overwrite";
                }
                case DUPLICATE -> {
                    return "leave out the one that is the copy";
                }
                case APART -> {
                    return "name only the devices whose writes are to be kept, with --force";
                }
                case MEMBER, SPARE, STALE, FORMER, CUT_SHORT, UNUSABLE, DAMAGED, FOREIGN, BLANK -> {
                    // What is missing says what to do.
                }
            }
        }
        return "bring the missing devices back, from a copy if need be, and start again; nothing was changed";
    }

    /** Starts an array that can start. Blocking. */
    RaidArray start(FoundArray array, Consumer<RaidArray> started) throws Fault {
        try {
            return array.start() == Examination.Start.FORCED
                    ? RaidArray.assembleForced(array.devices(), started)
                    : RaidArray.assemble(array.devices(), started);
        } catch (DeviceException failure) {
            throw new Fault(
                    ExitCode.CRITICAL,
                    "array " + array.name(),
                    "cannot be started: " + failure.getMessage(),
                    "see what is wrong with quoin array examine",
                    failure);
        }
    }

    /** The devices of an array by URL, which stay open when this is closed. */
    Map<String, BlockDevice> take(FoundArray array) {
        Map<String, BlockDevice> taken = new LinkedHashMap<>(devices);
        taken.values().retainAll(array.devices());
        devices.keySet().removeAll(taken.keySet());
        return taken;
    }

    /** Closes the devices that nobody took. Idempotent. */
    @Override
    public void close() {
        devices.values().forEach(BlockDevice::close);
        devices.clear();
    }
}
