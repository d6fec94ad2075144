package dev.quoin.tools.node;

import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.iscsi.AccessList;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.TargetDefinition;
import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Portal.Lun;
import dev.quoin.tools.node.TargetRecords.LunRecord;
import dev.quoin.tools.node.TargetRecords.TargetRecord;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The targets of this node and what they export to whom: what is changed here is durable and in force when the call returns.
 *
 * <p>What takes something away is recorded first, what gives something last, so that a node that dies between the two gives less
 * than it was told to. Changes are made one at a time and block for the lock manager and for devices; who only looks waits for nobody.
 */
public final class Targets {

    /** The highest number of a volume at a target. */
    public static final int LUN_MAX = 255;

    /** The most initiators on one list. */
    public static final int INITIATORS_MAX = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Targets.class);
    private static final String LIST = "quoin target list";

    private final TargetRecords records;
    private final Portal portal;
    private final Volumes volumes;
    private final FileSystems fileSystems;
    private final Map<Integer, TargetRecord> targets = new TreeMap<>();
    private final Map<Integer, Map<Integer, LunRecord>> luns = new TreeMap<>();
    private volatile Map<String, State> states = Map.of();

    Targets(TargetRecords records, Portal portal, Volumes volumes, FileSystems fileSystems) {
        this.records = records;
        this.portal = portal;
        this.volumes = volumes;
        this.fileSystems = fileSystems;
    }

    /**
     * A volume under a number.
     *
     * @param initiators those for whom alone it is there; everybody who may log in if there are none
     */
    public record Export(int lun, String volume, boolean readOnly, Set<String> initiators) {
        public Export {
            initiators = Set.copyOf(initiators);
        }
    }

    /** A target at one moment. */
    public record State(String name, AccessList access, Set<Integer> groups, List<Export> exports) {
        public State {
            groups = Set.copyOf(groups);
            exports = List.copyOf(exports);
        }
    }

    /**
     * Brings back what the configuration says and what commands changed since. Nobody may be able to log in yet.
     *
     * <p>The access list of the configuration is taken over again when it was changed there; else what commands made of it stays.
     */
    synchronized void restore(TargetConfig config) throws Fault {
        targets.putAll(records.targets());
        restoreConfigured(config);
        for (Map.Entry<Integer, TargetRecord> entry : targets.entrySet()) {
            TargetRecord record = entry.getValue();
            if (!record.deleted() && entry.getKey() != Portal.CONFIGURED_TARGET) {
                portal.addTarget(record.name(), entry.getKey(), record.access(), record.groups());
            }
        }
        luns.putAll(records.luns());
        for (Map.Entry<Integer, Map<Integer, LunRecord>> its : luns.entrySet()) {
            TargetRecord target = targets.get(its.getKey());
            if (target == null || target.deleted()) {
                continue;
            }
            for (Map.Entry<Integer, LunRecord> entry : its.getValue().entrySet()) {
                restore(new Lun(target.name(), entry.getKey()), entry.getValue());
            }
        }
        refresh();
    }

    private void restoreConfigured(TargetConfig config) throws Fault {
        AccessList configured =
                config.initiators().isEmpty() ? AccessList.EVERYBODY : AccessList.of(Set.copyOf(config.initiators()));
        TargetRecord known = targets.get(Portal.CONFIGURED_TARGET);
        TargetRecord now = known == null || !known.configured().equals(config.initiators())
                ? new TargetRecord(
                        config.name(),
                        configured,
                        known == null ? Set.of() : known.groups(),
                        config.initiators(),
                        false)
                : new TargetRecord(config.name(), known.access(), known.groups(), known.configured(), false);
        if (!now.equals(known)) {
            records.put(Portal.CONFIGURED_TARGET, now);
            targets.put(Portal.CONFIGURED_TARGET, now);
        }
        IscsiTarget running = running(config.name());
        running.access(now.access());
        running.portalGroups(now.groups());
    }

    private void restore(Lun lun, LunRecord record) throws Fault {
        Optional<VolumeInfo> volume = volumes.list().stream()
                .filter(info -> info.name().equals(record.volume()))
                .findFirst();
        if (volume.isPresent()) {
            portal.export(lun, volume.get(), volumes, record.readOnly(), record.initiators());
        } else {
            LOG.warn(
                    "volume is not there, not exported target={} lun={} volume={}",
                    lun.target(),
                    lun.number(),
                    record.volume());
        }
    }

    /** The targets by name. */
    public List<State> list() {
        return states.values().stream()
                .sorted(Comparator.comparing(State::name))
                .toList();
    }

    /** The target of a name. */
    public State find(String name) throws Fault {
        State state = states.get(name);
        if (state == null) {
            throw noSuchTarget(name);
        }
        return state;
    }

    /** The name that is meant: an empty one is that of the target of the configuration. */
    public String nameOr(String name) {
        return name.isEmpty() ? portal.name() : name;
    }

    private Fault noSuchTarget(String name) {
        return Fault.notFound("target " + name, "no such target found, one of " + states.keySet() + " expected", LIST);
    }

    /** Makes a target without units. */
    public synchronized void create(String name, AccessList access, Set<Integer> groups) throws Fault {
        checked(name, () -> {
            TargetDefinition.checkName(name);
            groups.forEach(TargetPort::checkGroup);
        });
        checkInitiators(name, access.names());
        if (states.containsKey(name)) {
            throw Fault.conflict("target " + name, "found already, a new name expected", LIST);
        }
        int number = freeNumber(name);
        TargetRecord record = new TargetRecord(name, access, groups, List.of(), false);
        portal.addTarget(name, number, access, groups);
        try {
            records.put(number, record);
        } catch (Fault notKept) {
            portal.removeTarget(name);
            throw notKept;
        }
        targets.put(number, record);
        refresh();
    }

    /** The number after the last that was ever given, so that one that is kept in a reservation is not soon another's. */
    private int freeNumber(String name) throws Fault {
        int next = targets.keySet().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
        if (next <= TargetPort.NUMBER_MAX) {
            return next;
        }
        return targets.entrySet().stream()
                .filter(entry -> entry.getValue().deleted())
                .mapToInt(Map.Entry::getKey)
                .min()
                .orElseThrow(() -> Fault.conflict(
                        "target " + name,
                        targets.size() + " targets found already, at most " + targets.size() + " expected",
                        "delete one: " + LIST));
    }

    /** Ends a target and its sessions. Its volumes stay. */
    public synchronized void delete(String name) throws Fault {
        int number = numberOf(name);
        if (number == Portal.CONFIGURED_TARGET) {
            throw Fault.conflict(
                    "target " + name,
                    "it is the target of the configuration, one that a command made expected",
                    "take it out of the configuration, and start the node again");
        }
        TargetRecord deleted = record(number).asDeleted();
        for (Export export : find(name).exports()) {
            forget(number, export.lun());
        }
        records.put(number, deleted);
        targets.put(number, deleted);
        portal.removeTarget(name);
        refresh();
    }

    /** Lets initiators in, or not any more: then their sessions are ended. */
    public synchronized void changeAccess(String name, Set<String> allow, Set<String> deny, Optional<Boolean> everybody)
            throws Fault {
        int number = numberOf(name);
        AccessList before = record(number).access();
        Set<String> names = new HashSet<>(before.names());
        names.addAll(AccessList.of(allow).names());
        names.removeAll(AccessList.of(deny).names());
        boolean all = everybody.orElse(before.everybody());
        if (all && everybody.isEmpty() && !allow.isEmpty()) {
            throw Fault.usage(
                    "target " + name,
                    "everybody may log in, so a list means nothing; a target with a list expected",
                    "add --only to let in nobody but those on the list");
        }
        if (all && !deny.isEmpty()) {
            throw Fault.usage(
                    "target " + name,
                    "everybody may log in, so nobody can be taken off a list; a list expected",
                    "first quoin acl allow " + name + " INITIATOR --only, with those who shall stay");
        }
        checkInitiators(name, names);
        AccessList after = new AccessList(all, names);
        TargetRecord changed = record(number).withAccess(after);
        records.put(number, changed);
        targets.put(number, changed);
        running(name).access(after).join();
        refresh();
    }

    /** Changes through which portal groups a target is reached; all if there are none. Sessions through others are ended. */
    public synchronized void changeGroups(String name, Set<Integer> groups) throws Fault {
        int number = numberOf(name);
        checked(name, () -> groups.forEach(TargetPort::checkGroup));
        if (number == Portal.CONFIGURED_TARGET && !groups.isEmpty() && !groups.contains(Portal.CONFIGURED_GROUP)) {
            throw Fault.usage(
                    "target " + name,
                    "groups " + groups + " found, with group " + Portal.CONFIGURED_GROUP
                            + " expected: the node reaches its file systems through it",
                    "name that group too");
        }
        TargetRecord changed = record(number).withGroups(groups);
        records.put(number, changed);
        targets.put(number, changed);
        running(name).portalGroups(groups).join();
        refresh();
    }

    /** Shows a volume under a number of a target. */
    public synchronized void map(String name, int lun, String volumeName, boolean readOnly, Set<String> initiators)
            throws Fault {
        int number = numberOf(name);
        String object = "LUN " + lun + " of target " + name;
        if (lun < 0 || lun > LUN_MAX) {
            throw Fault.usage(object, "LUN " + lun + " found, 0 to " + LUN_MAX + " expected", "name another");
        }
        checkInitiators(name, initiators);
        LunRecord record =
                new LunRecord(volumeName, readOnly, AccessList.of(initiators).names());
        VolumeInfo volume = volumes.find(volumeName);
        Lun key = new Lun(name, lun);
        portal.export(key, volume, volumes, record.readOnly(), record.initiators());
        try {
            records.put(number, lun, record);
        } catch (Fault notKept) {
            portal.unexport(key);
            throw notKept;
        }
        remember(number, lun, record);
        refresh();
    }

    private void remember(int target, int lun, LunRecord record) {
        luns.computeIfAbsent(target, number -> new TreeMap<>()).put(lun, record);
    }

    private void forget(int target, int lun) throws Fault {
        records.deleteLun(target, lun);
        luns.getOrDefault(target, new TreeMap<>()).remove(lun);
    }

    /** Makes it so that a volume of the configuration is under a number of its target from the next {@link #restore} on. */
    synchronized void configure(int lun, String volume) throws Fault {
        LunRecord taken =
                records.luns().getOrDefault(Portal.CONFIGURED_TARGET, Map.of()).get(lun);
        if (taken != null && !taken.volume().equals(volume)) {
            throw Fault.conflict(
                    "volume " + volume,
                    "LUN " + lun + " of target " + portal.name() + " found with volume " + taken.volume()
                            + ", a free number expected",
                    "name another lun in the configuration");
        }
        if (taken == null) {
            records.put(Portal.CONFIGURED_TARGET, lun, new LunRecord(volume, false, Set.of()));
        }
    }

    /** Takes a number away from initiators, when none of their commands is under way any more. */
    public synchronized void unmap(String name, int lun) throws Fault {
        Export export = export(name, lun);
        requireNotMounted(name, export);
        forget(numberOf(name), lun);
        portal.unexport(new Lun(name, lun));
        refresh();
    }

    /** Shows a number to these initiators alone; to everybody who may log in if there are none. */
    public synchronized void mask(String name, int lun, Set<String> initiators) throws Fault {
        Export export = export(name, lun);
        checkInitiators(name, initiators);
        Set<String> names = AccessList.of(initiators).names();
        LunRecord masked = new LunRecord(export.volume(), export.readOnly(), names);
        records.put(numberOf(name), lun, masked);
        portal.mask(new Lun(name, lun), names);
        remember(numberOf(name), lun, masked);
        refresh();
    }

    /** Takes a volume away from all targets, before it is deleted. */
    synchronized void unmapAll(String volume) throws Fault {
        for (State state : list()) {
            for (Export export : state.exports()) {
                if (export.volume().equals(volume)) {
                    forget(numberOf(state.name()), export.lun());
                    portal.unexport(new Lun(state.name(), export.lun()));
                }
            }
        }
        refresh();
    }

    private Export export(String name, int lun) throws Fault {
        State state = find(name);
        for (Export export : state.exports()) {
            if (export.lun() == lun) {
                return export;
            }
        }
        throw Fault.notFound(
                "LUN " + lun + " of target " + name,
                "no such LUN found, one of "
                        + state.exports().stream().map(Export::lun).toList() + " expected",
                "quoin lun list " + name);
    }

    private void requireNotMounted(String name, Export export) throws Fault {
        if (name.equals(portal.name()) && fileSystems.isMounted(export.volume())) {
            throw Fault.conflict(
                    "volume " + export.volume(),
                    "its file system is open, one that nobody has open expected",
                    "quoin fs unmount " + export.volume());
        }
    }

    private int numberOf(String name) throws Fault {
        for (Map.Entry<Integer, TargetRecord> entry : targets.entrySet()) {
            if (entry.getValue().name().equals(name) && !entry.getValue().deleted()) {
                return entry.getKey();
            }
        }
        throw noSuchTarget(name);
    }

    private TargetRecord record(int number) {
        TargetRecord record = targets.get(number);
        if (record == null) {
            throw new IllegalStateException("target " + number + " has no record");
        }
        return record;
    }

    private IscsiTarget running(String name) {
        return portal.server()
                .target(name)
                .orElseThrow(() -> new IllegalStateException("target " + name + " does not run"));
    }

    private static void checkInitiators(String target, Set<String> names) throws Fault {
        if (names.size() > INITIATORS_MAX) {
            throw Fault.usage(
                    "target " + target,
                    names.size() + " initiators found, at most " + INITIATORS_MAX + " expected",
                    "let everybody in, and have them prove who they are: docs/howto/chap.md");
        }
        checked(target, () -> names.forEach(name -> TargetConfig.iscsiName("initiator", name)));
    }

    private static void checked(String target, Runnable check) throws Fault {
        try {
            check.run();
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage("target " + target, String.valueOf(wrong.getMessage()), "correct it");
        }
    }

    /** Makes anew what lookers see. */
    private void refresh() {
        var now = new TreeMap<String, State>();
        targets.forEach((number, target) -> {
            if (!target.deleted()) {
                List<Export> exports = luns.getOrDefault(number, Map.of()).entrySet().stream()
                        .map(entry -> {
                            LunRecord lun = entry.getValue();
                            return new Export(entry.getKey(), lun.volume(), lun.readOnly(), lun.initiators());
                        })
                        .toList();
                now.put(target.name(), new State(target.name(), target.access(), target.groups(), exports));
            }
        });
        states = now;
    }
}
