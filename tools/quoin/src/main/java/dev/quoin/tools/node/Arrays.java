package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.GrowReport;
import dev.quoin.raid.Level;
import dev.quoin.raid.Progress;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RebuildReport;
import dev.quoin.raid.RoleState;
import dev.quoin.raid.ScrubReport;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arrays of this node and the devices that they are made of.
 *
 * <p>Before an array is made, a record without a UUID says so; when it is made, the UUID is added. Devices of an array that was
 * being made when the node died hold nothing of value and are made blank; devices of one that was made are never written to
 * before the array says that they are its own.
 *
 * <p>Changes are made one at a time and block for devices; who only looks waits for nobody.
 */
public final class Arrays implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Arrays.class);

    private final NodeRecords records;
    private final Consumer<String> notice;
    private final ArrayUpkeep upkeep;
    private final Map<String, OpenArray> open = new ConcurrentSkipListMap<>();

    /** An array that runs, with its devices by URL. */
    private record OpenArray(RaidArray array, Map<String, BlockDevice> devices) {
        OpenArray {
            devices = new ConcurrentHashMap<>(devices);
        }
    }

    Arrays(NodeRecords records, ArrayUpkeep upkeep, Consumer<String> notice) {
        this.records = records;
        this.upkeep = upkeep;
        this.notice = notice;
    }

    /** Starts the arrays of the records, and makes those of the configuration that are in no record. */
    synchronized void openAll(List<ArrayConfig> configured) throws Fault {
        Map<String, ArrayRecord> known = records.arrays();
        for (ArrayConfig array : configured) {
            ArrayRecord record = known.get(array.name());
            if (record == null || record.uuid().isEmpty()) {
                make(array, record != null);
            }
        }
        for (Map.Entry<String, ArrayRecord> entry : known.entrySet()) {
            if (upkeep.of(entry.getKey()).stopped()) {
                notice.accept("array " + entry.getKey() + ": was stopped and stays so; next: quoin array assemble "
                        + entry.getKey());
            } else if (!entry.getValue().uuid().isEmpty()) {
                assemble(entry.getKey(), entry.getValue());
            }
        }
    }

    /** Whether an array was stopped by a command. */
    boolean isStopped(String name) {
        return upkeep.of(name).stopped();
    }

    /** Starts an array that was stopped. Durable when it returns. */
    synchronized RaidArray start(String name) throws Fault {
        if (open.containsKey(name)) {
            throw Fault.conflict("array " + name, "runs, a stopped one expected", "quoin array show " + name);
        }
        ArrayRecord record = records.arrays().get(name);
        if (record == null || record.uuid().isEmpty()) {
            throw Fault.notFound(
                    "array " + name, "no such array found in the records of this node", "quoin array list");
        }
        assemble(name, record);
        upkeep.stopped(name, false);
        return find(name).array();
    }

    /** What has to be closed before an array. */
    interface User {
        /** Ends the use. */
        void release() throws Fault;
    }

    /** Closes an array after what lies on it, and its devices. It stays so over a restart. Blocking; durable. */
    synchronized void stop(String name, User user) throws Fault {
        OpenArray found = find(name);
        upkeep.stopped(name, true);
        try {
            user.release();
        } catch (Fault used) {
            upkeep.stopped(name, false);
            throw used;
        }
        found.array().close();
        found.devices().values().forEach(BlockDevice::close);
        open.remove(name);
        upkeep.gone(name);
    }

    /**
     * Makes an array of blank devices.
     *
     * @param overwrite whether the devices may hold something
     */
    synchronized RaidArray make(ArrayConfig config, boolean overwrite) throws Fault {
        String object = "array " + config.name();
        if (open.containsKey(config.name())) {
            throw Fault.conflict(object, "exists, a new name expected", "name another");
        }
        ArraySpec spec = spec(config);
        Map<String, BlockDevice> devices = new LinkedHashMap<>();
        try {
            for (String url : config.members()) {
                requireUnused(url);
                long size =
                        config.memberSize() == null ? 0 : config.memberSize().bytes();
                devices.put(url, MemberDevices.openOrMake(url, size));
            }
            requireBlank(object, devices, overwrite);
            records.put(config.name(), new ArrayRecord("", config.members()));
            if (overwrite) {
                for (BlockDevice device : devices.values()) {
                    MemberDevices.blank(device);
                }
            }
            RaidArray array = RaidArray.create(spec, List.copyOf(devices.values()));
            open.put(config.name(), new OpenArray(array, devices));
            record(config.name());
            upkeep.started(config.name(), array);
            return array;
        } catch (DeviceException failure) {
            closeUnlessOpen(config.name(), devices);
            throw Faults.of(object, failure);
        } catch (Fault fault) {
            closeUnlessOpen(config.name(), devices);
            throw fault;
        }
    }

    private void assemble(String name, ArrayRecord record) throws Fault {
        String object = "array " + name;
        Map<String, BlockDevice> devices = new LinkedHashMap<>();
        for (String url : record.members()) {
            if (url.isEmpty()) {
                continue;
            }
            try {
                devices.put(url, MemberDevices.open(url));
            } catch (DeviceException missing) {
                notice.accept(object + ": a member cannot be opened: " + missing.getMessage());
                LOG.warn("member cannot be opened array={} device={}", name, url, missing);
            }
        }
        try {
            RaidArray array = RaidArray.assemble(List.copyOf(devices.values()));
            open.put(name, new OpenArray(array, devices));
            String found = array.status().uuid().toString();
            if (!found.equals(record.uuid())) {
                throw new Fault(
                        ExitCode.CONFLICT,
                        object,
                        "the devices hold array " + found + ", array " + record.uuid() + " expected",
                        "bring the right devices back");
            }
            upkeep.started(name, array);
            resume(name, array);
        } catch (DeviceException failure) {
            closeUnlessOpen(name, devices);
            throw new Fault(
                    ExitCode.CRITICAL,
                    object,
                    "cannot be started: " + failure.getMessage(),
                    "bring the missing devices back, from a copy if need be, and start again; nothing was changed",
                    failure);
        }
    }

    /** Says what is wrong with an array that starts, and goes on with a rebuild that was interrupted. */
    private void resume(String name, RaidArray array) {
        ArrayStatus status = array.status();
        for (ArrayStatus.MemberStatus member : status.members()) {
            if (member.state() == RoleState.FAILED) {
                notice.accept("array " + name + ": started degraded, member " + member.role()
                        + " is missing or damaged; next: quoin array replace " + name + " " + member.role()
                        + " --yes, then quoin array rebuild " + name);
            }
        }
        if (status.activity() == ArrayStatus.Activity.RESHAPING) {
            notice.accept("array " + name + ": going on with the reshape that was interrupted");
            array.reshape(Progress.NONE).whenComplete((report, failure) -> {
                if (failure != null) {
                    LOG.warn("reshape stopped array={}", name, failure);
                }
            });
        }
        if (status.members().stream().anyMatch(member -> member.state() == RoleState.REBUILDING)) {
            notice.accept("array " + name + ": going on with the rebuild that was interrupted");
            array.rebuild(Progress.NONE).whenComplete((report, failure) -> {
                if (failure != null) {
                    LOG.warn("rebuild stopped array={}", name, failure);
                }
            });
        }
    }

    /** The arrays by name. */
    public Map<String, RaidArray> all() {
        return open.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().array(), (a, b) -> a, TreeMap::new));
    }

    /** An array that runs. */
    public RaidArray get(String name) throws Fault {
        return find(name).array();
    }

    /** Takes a member out of use. Durable when it returns. */
    public synchronized void fail(String name, int role) throws Fault {
        RaidArray array = find(name).array();
        requireRole(name, array, role);
        try {
            array.fail(role);
        } catch (DeviceException failure) {
            throw changeFailed(name, failure);
        }
    }

    private static void requireRole(String name, RaidArray array, int role) throws Fault {
        int roles = array.status().members().size();
        if (role < 0 || role >= roles) {
            throw Fault.usage(
                    "array " + name,
                    "member " + role + " found, 0 to " + (roles - 1) + " expected",
                    "quoin array show " + name);
        }
    }

    /** A change that the array cannot make in the state that it is in. */
    private static Fault changeFailed(String name, DeviceException failure) {
        return failure.code() == DeviceException.Code.UNSUPPORTED
                ? new Fault(
                        ExitCode.CONFLICT,
                        "array " + name,
                        String.valueOf(failure.getMessage()),
                        "quoin array show " + name,
                        failure)
                : Faults.of("array " + name, failure);
    }

    /**
     * Puts a blank device in the place of a member that is gone. Durable when it returns.
     *
     * @param url empty makes a new file beside the other members
     */
    public synchronized void replace(String name, int role, String url) throws Fault {
        OpenArray found = find(name);
        requireRole(name, found.array(), role);
        String chosen = url.isEmpty() ? newFile(name, found, role) : url;
        requireUnused(chosen);
        BlockDevice device = MemberDevices.openOrMake(chosen, largest(found));
        try {
            found.array().replace(role, device);
        } catch (DeviceException failure) {
            device.close();
            throw changeFailed(name, failure);
        }
        found.devices().put(chosen, device);
        record(name);
        closeUnused(found);
    }

    /** Fills a replaced member, in the background; joins a rebuild that is under way. */
    public CompletableFuture<RebuildReport> rebuild(String name, Progress progress) throws Fault {
        return get(name).rebuild(progress);
    }

    /**
     * Makes a device one member more: a leg of a mirror, which is to be rebuilt then, or one more for RAID 5, which is to grow then.
     * Durable when it returns.
     *
     * @return whether it is a leg
     */
    public synchronized boolean add(String name, String url) throws Fault {
        OpenArray found = find(name);
        requireUnused(url);
        BlockDevice device = MemberDevices.openOrMake(url, largest(found));
        boolean isMirror = found.array().status().level() == Level.RAID1;
        try {
            // First where it is: an array that knows it must find it at the next start.
            List<String> urls = new ArrayList<>(urls(found));
            urls.add(url);
            records.put(name, new ArrayRecord(found.array().status().uuid().toString(), urls));
            if (isMirror || found.array().status().level() != Level.RAID5) {
                found.array().addLeg(device);
            } else {
                found.array().addMember(device);
            }
        } catch (DeviceException failure) {
            device.close();
            record(name);
            throw changeFailed(name, failure);
        } catch (Fault failure) {
            device.close();
            throw failure;
        }
        found.devices().put(url, device);
        record(name);
        return isMirror;
    }

    /** Takes new room into use, or goes on with a reshape, in the background; joins what is under way. */
    public CompletableFuture<GrowReport> grow(String name, Progress progress) throws Fault {
        RaidArray array = get(name);
        return array.status().activity() == ArrayStatus.Activity.RESHAPING
                ? array.reshape(progress)
                : array.grow(progress);
    }

    private static long largest(OpenArray found) {
        return found.devices().values().stream()
                .mapToLong(device -> device.geometry().size())
                .max()
                .orElse(0);
    }

    /** Checks everything, in the background; joins a scrub that is under way. */
    public CompletableFuture<ScrubReport> scrub(String name, Progress progress) throws Fault {
        return get(name).scrub(progress);
    }

    /** The size of the device in a role, in bytes; 0 if there is none. */
    public long deviceSize(String name, int role) throws Fault {
        OpenArray found = find(name);
        String device = found.array().status().members().get(role).device();
        return found.devices().values().stream()
                .filter(candidate -> candidate.name().equals(device))
                .mapToLong(candidate -> candidate.geometry().size())
                .findFirst()
                .orElse(0);
    }

    private OpenArray find(String name) throws Fault {
        OpenArray found = open.get(name);
        if (found == null) {
            throw Fault.notFound(
                    "array " + name, "no such array found, one of " + open.keySet() + " expected", "quoin array list");
        }
        return found;
    }

    /** Writes down which devices the array has now. */
    private void record(String name) throws Fault {
        OpenArray found = find(name);
        records.put(name, new ArrayRecord(found.array().status().uuid().toString(), urls(found)));
    }

    /** Where the members are, by role; empty for one that is missing. */
    private static List<String> urls(OpenArray found) {
        var urls = new ArrayList<String>();
        for (ArrayStatus.MemberStatus member : found.array().status().members()) {
            urls.add(found.devices().entrySet().stream()
                    .filter(entry -> entry.getValue().name().equals(member.device()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(""));
        }
        return urls;
    }

    /** Closes devices that the array has given up. */
    private static void closeUnused(OpenArray found) {
        List<String> used = found.array().status().members().stream()
                .map(member -> Optional.ofNullable(member.device()).orElse(""))
                .toList();
        found.devices().entrySet().removeIf(entry -> {
            boolean unused = !used.contains(entry.getValue().name());
            if (unused) {
                entry.getValue().close();
            }
            return unused;
        });
    }

    private String newFile(String name, OpenArray found, int role) throws Fault {
        Path directory = found.devices().keySet().stream()
                .flatMap(url -> MemberDevices.path(url).stream())
                .map(path -> path.toAbsolutePath().getParent())
                .findFirst()
                .orElseThrow(() -> Fault.usage(
                        "array " + name, "members that are no files found", "name the new device with --with"));
        for (int number = 1; ; number++) {
            Path candidate = directory.resolve("member" + role + "-" + number);
            if (!Files.exists(candidate)) {
                return MemberDevices.url(candidate);
            }
        }
    }

    private void requireUnused(String url) throws Fault {
        for (Map.Entry<String, OpenArray> entry : open.entrySet()) {
            if (entry.getValue().devices().containsKey(url)) {
                throw Fault.conflict(
                        "device " + url, "used by array " + entry.getKey() + ", a free one expected", "name another");
            }
        }
    }

    private static void requireBlank(String object, Map<String, BlockDevice> devices, boolean overwrite)
            throws Fault, DeviceException {
        if (overwrite) {
            return;
        }
        for (Map.Entry<String, BlockDevice> entry : devices.entrySet()) {
            if (!MemberDevices.isBlank(entry.getValue())) {
                throw Fault.conflict(
                        object,
                        "device " + entry.getKey() + " "
                                + RaidArray.owner(entry.getValue())
                                        .map(owner -> "is " + owner)
                                        .orElse("holds something")
                                + ", a blank one expected",
                        "name another device, or use --overwrite if what it holds may be lost");
            }
        }
    }

    private static ArraySpec spec(ArrayConfig config) throws Fault {
        String object = "array " + config.name();
        Level level = Level.of(config.level())
                .orElseThrow(() -> Fault.usage(
                        object,
                        "level " + config.level() + " found, one of "
                                + java.util.Arrays.stream(Level.values())
                                        .map(Level::number)
                                        .toList() + " expected in this version",
                        "name another level"));
        int members = config.members().size();
        if (!level.allows(members)) {
            throw Fault.usage(
                    object,
                    members + " members found, " + level.allowed() + " expected for level " + level.number(),
                    "name more or fewer devices, or another level");
        }
        try {
            return new ArraySpec(
                    config.name(),
                    level,
                    Math.toIntExact(config.chunk().bytes()),
                    new HashSet<>(config.writeMostly()),
                    config.verifyReads(),
                    config.cutToSmallest());
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw Fault.usage(object, String.valueOf(invalid.getMessage()), "name another value");
        }
    }

    private void closeUnlessOpen(String name, Map<String, BlockDevice> devices) {
        if (!open.containsKey(name)) {
            devices.values().forEach(BlockDevice::close);
        }
    }

    /** Settles the arrays and closes the devices. Blocking; idempotent. */
    @Override
    public synchronized void close() {
        for (OpenArray array : open.values()) {
            array.array().close();
            array.devices().values().forEach(BlockDevice::close);
        }
        open.clear();
    }
}
