package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.Examination;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
    private final NodeSpares spares;
    private final Map<String, OpenArray> open = new ConcurrentSkipListMap<>();

    Arrays(NodeRecords records, ArrayUpkeep upkeep, Consumer<String> notice) {
        this.records = records;
        this.upkeep = upkeep;
        this.notice = notice;
        this.spares = new NodeSpares(records, notice);
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
        for (String name : open.keySet()) {
            help(name);
        }
    }

    /** Whether an array was stopped by a command. */
    boolean isStopped(String name) {
        return upkeep.of(name).stopped();
    }

    /**
     * Starts an array that does not run. Durable when it returns.
     *
     * @param devices where its members are, from then on; empty takes what the node knows
     * @param force whether it is started even if something is lost by that
     */
    synchronized RaidArray start(String name, List<String> devices, boolean force) throws Fault {
        if (open.containsKey(name)) {
            throw Fault.conflict("array " + name, "runs, a stopped one expected", "quoin array show " + name);
        }
        if (devices.isEmpty() && !force) {
            assemble(name, KnownDevices.of(records, name));
        } else {
            assemble(name, devices, force);
        }
        upkeep.stopped(name, false);
        help(name);
        return find(name).array();
    }

    /**
     * Looks at devices, but for those that arrays use. Blocking; changes nothing.
     *
     * @param array the one that is meant; empty if any is
     * @param devices those to look at; empty takes those that the node knows of the array
     */
    public synchronized DeviceScan scan(String array, List<String> devices) throws Fault {
        return DeviceScan.of(
                KnownDevices.of(records, array, devices), open, records.arrays().values());
    }

    private void assemble(String name, List<String> urls, boolean force) throws Fault {
        try (DeviceScan scan = scan(name, urls)) {
            Examination.FoundArray found = scan.require(name, force);
            KnownDevices.requireSame(records, name, found.uuid());
            MemberPlaces last = MemberPlaces.of(records.arrays().get(name));
            RaidArray array = scan.start(found, started -> {
                watch(name, started);
                upkeep.started(name, started, last);
            });
            open.put(name, new OpenArray(array, scan.take(found), last));
            record(name);
            new ArrayStart(name, find(name).record(), notice).resume(find(name));
            find(name).closeUnused();
        }
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
        ArraySpec spec = ArrayParts.spec(config);
        Map<String, BlockDevice> devices = new LinkedHashMap<>();
        try {
            for (String url : config.members()) {
                KnownDevices.requireUnused(records, open, url);
                long size =
                        config.memberSize() == null ? 0 : config.memberSize().bytes();
                devices.put(url, MemberDevices.openOrMake(url, size));
            }
            ArrayParts.requireBlank(object, devices, overwrite);
            records.put(config.name(), new ArrayRecord("", config.members(), List.of(), List.of()));
            if (overwrite) {
                for (BlockDevice device : devices.values()) {
                    MemberDevices.blank(device);
                }
            }
            RaidArray array = RaidArray.create(spec, List.copyOf(devices.values()));
            MemberPlaces last = MemberPlaces.of(null);
            open.put(config.name(), new OpenArray(array, devices, last));
            watch(config.name(), array);
            record(config.name());
            upkeep.started(config.name(), array, last);
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
        var start = new ArrayStart(name, record, notice);
        var last = MemberPlaces.of(record);
        Map<String, BlockDevice> devices = start.open();
        try {
            RaidArray array = RaidArray.assemble(List.copyOf(devices.values()), started -> {
                if (started.status().uuid().toString().equals(record.uuid())) {
                    watch(name, started);
                    upkeep.started(name, started, last);
                }
            });
            open.put(name, new OpenArray(array, devices, last));
            String found = array.status().uuid().toString();
            if (!found.equals(record.uuid())) {
                throw new Fault(
                        ExitCode.CONFLICT,
                        object,
                        "the devices hold array " + found + ", array " + record.uuid() + " expected",
                        "bring the right devices back");
            }
            start.resume(find(name));
            ArrayRecord told = record.withDisks(find(name).places());
            if (!told.equals(record)) {
                records.put(name, told);
            }
            forget(name, told, start.addAgain(find(name)));
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

    /** Says which spares are none any more, as they were not there. */
    private void forget(String name, ArrayRecord record, List<String> missing) throws Fault {
        if (missing.isEmpty()) {
            return;
        }
        upkeep.events().add(name, "SparesMissing", -1, "without " + missing + ": add those that come back again");
        List<String> left =
                record.spares().stream().filter(url -> !missing.contains(url)).toList();
        records.put(name, record.withSpares(left));
    }

    /** Keeps the records as the array is, and helps it with a spare of the node when it has none. */
    private void watch(String name, RaidArray array) {
        array.addListener(event -> {
            switch (event.type()) {
                case SPARE_ACTIVE, REPLACED -> DeviceChange.later(name, () -> refresh(name));
                case FAIL, FAIL_SPARE, RESHAPE_FINISHED -> DeviceChange.later(name, () -> help(name));
                default -> {
                    // Changes no device.
                }
            }
        });
    }

    private synchronized void refresh(String name) throws Fault {
        OpenArray found = open.get(name);
        if (found != null) {
            record(name);
            found.closeUnused();
        }
    }

    /** Lets the spares of the node help an array. */
    private synchronized void help(String name) throws Fault {
        OpenArray found = open.get(name);
        if (found != null) {
            spares.help(name, found);
        }
    }

    /** The URLs of the devices that wait for whichever array needs one first. */
    public synchronized List<String> spares() throws Fault {
        return spares.all();
    }

    /** Lets a device wait for whichever array needs one first. Durable when it returns. */
    public synchronized List<String> addSpare(String url) throws Fault {
        KnownDevices.requireUnused(records, open, url);
        spares.add(url);
        for (String name : open.keySet()) {
            help(name);
        }
        return spares.all();
    }

    /** Ends that. Durable when it returns. */
    public synchronized List<String> removeSpare(String url) throws Fault {
        return spares.remove(url);
    }

    /**
     * Takes a device into an array: one that was a member catches up, any other becomes a spare. Durable when it returns.
     */
    public synchronized void add(String name, String url) throws Fault {
        OpenArray found = find(name);
        BlockDevice before = found.devices().get(url);
        if (before == null) {
            KnownDevices.requireUnused(records, open, url);
        } else if (found.uses(before.name())) {
            throw Fault.conflict("device " + url, "used by array " + name + " already", "quoin array show " + name);
        } else {
            // What vanished and came back needs a new handle.
            found.devices().remove(url);
            before.close();
        }
        BlockDevice device = MemberDevices.openOrMake(url, found.largest());
        try {
            found.array().add(device);
        } catch (DeviceException failure) {
            device.close();
            throw Faults.ofChange(name, failure);
        }
        found.devices().put(url, device);
        record(name);
    }

    /** Takes a failed or missing member out of the table of an array. Durable when it returns. */
    public synchronized void remove(String name, int role) throws Fault {
        OpenArray found = find(name);
        found.requireRole(role);
        try {
            found.array().remove(role);
        } catch (DeviceException failure) {
            throw Faults.ofChange(name, failure);
        }
        found.last().forget(role);
        refresh(name);
    }

    /** Takes a spare away from an array. Durable when it returns. */
    public synchronized void removeSpare(String name, String url) throws Fault {
        OpenArray found = find(name);
        BlockDevice device = found.devices().get(url);
        try {
            found.array().removeSpare(device == null ? url : device.name());
        } catch (DeviceException failure) {
            throw Faults.ofChange(name, failure);
        }
        refresh(name);
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
        OpenArray found = find(name);
        found.requireRole(role);
        try {
            found.array().fail(role);
        } catch (DeviceException failure) {
            throw Faults.ofChange(name, failure);
        }
    }

    /**
     * Puts a blank device in the place of a member. If that is gone, it has the role when this returns, durably, and is to be rebuilt; if
     * it works, the device is filled from it in the background and gets the role then.
     *
     * @param url empty makes a new file beside the other members, for a member that is gone
     */
    public synchronized void replace(String name, int role, String url) throws Fault {
        OpenArray found = find(name);
        found.requireRole(role);
        boolean works = found.array().status().members().get(role).state() == RoleState.IN_SYNC;
        if (works && url.isEmpty()) {
            throw Fault.conflict(
                    "array " + name,
                    "member " + role + " works, one that failed expected",
                    "name the device that it is to be copied to with --with, or fail it first");
        }
        String chosen = url.isEmpty() ? found.newFile(role) : url;
        KnownDevices.requireUnused(records, open, chosen);
        BlockDevice device = MemberDevices.openOrMake(chosen, found.largest());
        try {
            found.array().replace(role, device);
        } catch (DeviceException failure) {
            device.close();
            throw Faults.ofChange(name, failure);
        }
        found.devices().put(chosen, device);
        record(name);
        found.closeUnused();
        if (works) {
            found.array().rebuild(Progress.NONE).whenComplete((report, failure) -> {
                if (failure != null) {
                    LOG.warn("replacement stopped array={} member={}", name, role, failure);
                }
            });
        }
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
    public synchronized boolean addRole(String name, String url) throws Fault {
        OpenArray found = find(name);
        KnownDevices.requireUnused(records, open, url);
        BlockDevice device = MemberDevices.openOrMake(url, found.largest());
        boolean isMirror = found.array().status().level() == Level.RAID1;
        try {
            // First where it is: an array that knows it must find it at the next start.
            records.put(name, found.record().withMember(url));
            if (isMirror || found.array().status().level() != Level.RAID5) {
                found.array().addLeg(device);
            } else {
                found.array().addMember(device);
            }
        } catch (DeviceException failure) {
            device.close();
            record(name);
            throw Faults.ofChange(name, failure);
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

    /** Checks everything, in the background; joins a scrub that is under way. */
    public CompletableFuture<ScrubReport> scrub(String name, Progress progress) throws Fault {
        return get(name).scrub(progress);
    }

    /** The size of the device in a role, in bytes; 0 if there is none. */
    public long deviceSize(String name, int role) throws Fault {
        return find(name).deviceSize(role);
    }

    /** Where the member in a role is, or was last. */
    public MemberPlace place(String name, int role) {
        OpenArray found = open.get(name);
        List<MemberPlace> places = found == null ? List.of() : found.places();
        return role < places.size() ? places.get(role) : MemberPlace.UNKNOWN;
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
        records.put(name, find(name).record());
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
