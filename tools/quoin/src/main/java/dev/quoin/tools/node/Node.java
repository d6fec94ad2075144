package dev.quoin.tools.node;

import dev.quoin.blockstore.BlockStore;
import dev.quoin.blockstore.BlockStoreException;
import dev.quoin.blockstore.PoolInfo;
import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.device.BlockDevice;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.metrics.Meters;
import dev.quoin.raid.RaidArray;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.config.FileSystemConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.PoolConfig;
import dev.quoin.tools.config.ProductVersion;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.config.VolumeConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.metrics.MetricsServer;
import dev.quoin.tools.metrics.PrometheusMeters;
import dev.quoin.tools.node.NodeRecords.VolumeRecord;
import dev.quoin.tools.reservation.SharedReservations;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node.
 *
 * <p>Started from the bottom up and closed from the top down: directory, lock manager peers, session, arrays, pools and volumes,
 * target, file systems. What the node held when it died is taken back at the next start: the lock on the directory proves that
 * the process that held it is gone.
 *
 * <p>Its parts may be used by any thread; {@link #start} and {@link #close} belong to one.
 */
public final class Node implements AutoCloseable {

    /** How long the closing of one part may take. */
    static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

    private static final Duration LEADER_LIMIT = Duration.ofSeconds(60);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    /** What has to be free on the file system of the directory at least, in bytes: room for logs and for some data. */
    public static final long SPACE_NEEDED = 512L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final NodeConfig config;
    private final Instant startedAt = Instant.now();
    private final ClosingStack parts = new ClosingStack(CLOSE_LIMIT);
    private final NodeDirectory directory;
    private final Peers peers;
    private final LockClient session;
    private final NodeRecords records;
    private final ArrayUpkeep upkeep;
    private final Arrays arrays;
    private final Volumes volumes;
    private final Locks locks;
    private final LockGroup lockGroup;
    private final SharedReservations reservations;
    private final @Nullable MetricsServer metrics;
    private final @Nullable Portal portal;
    private final @Nullable FileSystems fileSystems;
    private final @Nullable Targets targets;
    private final @Nullable TargetPortals targetPortals;

    private Node(NodeDirectory directory, NodeConfig config, Consumer<String> notice) throws Fault {
        this.config = config;
        this.directory = parts.add("directory", directory);
        try {
            TargetFence fence = new TargetFence();
            HostPort scraped = config.metrics();
            PrometheusMeters meters = new PrometheusMeters(ProductVersion.number());
            peers = parts.add(
                    "lock manager peers",
                    new Peers(config.dlm(), directory.resolve("dlm"), fence, scraped == null ? Meters.NONE : meters));
            metrics = scraped == null
                    ? null
                    : parts.add(
                            "metrics",
                            MetricsServer.start(
                                    scraped, meters, () -> peers.leader().isPresent()));
            LockServers servers = LockServers.of(config.dlm(), config.node());
            peers.startAll();
            peers.awaitLeader(LEADER_LIMIT);
            session = parts.add("session", connect(servers));
            fenceFormerSelf();
            records = new NodeRecords(session.registry(), config.node());
            ArrayEventLog events = parts.add(
                    "array events",
                    ArrayEventLog.open(directory.resolve("array-events.jsonl"), InstantSource.system()));
            upkeep = parts.add(
                    "array upkeep", ArrayUpkeep.start(new UpkeepRecords(records), events, InstantSource.system()));
            arrays = parts.add("arrays", new Arrays(records, upkeep, notice));
            arrays.openAll(config.arrays());
            parts.add("array metrics", new ArrayMeters(scraped == null ? Meters.NONE : meters, arrays::all));
            volumes = parts.add("volumes", new Volumes(openStore(arrays.all())));
            locks = new Locks(session, servers);
            lockGroup = new LockGroup(servers);
            reservations = new SharedReservations(session);
            portal = config.target() == null
                    ? null
                    : parts.add("target", Portal.start(config.target(), new SharedReservations(session)));
            if (portal == null) {
                fileSystems = null;
                targets = null;
                targetPortals = null;
            } else {
                fence.use(portal);
                fileSystems = parts.add("file systems", new FileSystems(volumes, portal, fence, servers));
                TargetRecords targetRecords = new TargetRecords(records);
                targets = new Targets(targetRecords, portal, volumes, fileSystems);
                targetPortals = new TargetPortals(targetRecords, portal);
            }
            makeWhatIsNew();
            openWhatIsKnown();
        } catch (Fault | RuntimeException failure) {
            parts.close();
            throw failure;
        }
    }

    /**
     * Starts a node. Blocking; everything serves when it returns.
     *
     * @param directory becomes the node's, which closes it, also if the start fails
     * @param notice is told what a person should know of the start, in sentences
     * @throws Fault if a part cannot be started; those already started are closed then
     */
    public static Node start(NodeDirectory directory, NodeConfig config, Consumer<String> notice) throws Fault {
        Node node = new Node(directory, config, notice);
        LOG.info(
                "node started node={} directory={} millis={}",
                config.node(),
                directory.path(),
                Duration.between(node.startedAt, Instant.now()).toMillis());
        return node;
    }

    private LockClient connect(LockServers servers) throws Fault {
        try {
            return DlmClient.connect(servers.as(sessionName()).timeouts(CONNECT_LIMIT, ANSWER_LIMIT));
        } catch (DlmException failure) {
            throw Faults.of("lock manager", failure);
        }
    }

    private String sessionName() {
        return config.node() + ":store";
    }

    /**
     * Releases what an earlier process of this node held. It is gone, for we hold the lock on its directory, and so are its
     * requests to local members; a target that serves members to us ended its sessions when we logged in again.
     */
    private void fenceFormerSelf() throws Fault {
        try {
            for (SessionInfo other : session.sessions()) {
                if (other.state() == SessionInfo.State.ENDED_NOT_FENCED
                        && other.node().equals(sessionName())) {
                    LOG.info("releasing what an earlier process of this node held session={}", other.id());
                    session.declareFenced(other.id());
                }
            }
        } catch (DlmException failure) {
            throw Faults.of("lock manager", failure);
        }
    }

    private BlockStore openStore(Map<String, RaidArray> devices) throws Fault {
        try {
            return BlockStore.open(session, new TreeMap<String, BlockDevice>(devices));
        } catch (BlockStoreException failure) {
            throw Faults.of("block store", failure);
        }
    }

    /** Makes the pools, volumes and file systems of the configuration that were never made. */
    private void makeWhatIsNew() throws Fault {
        for (PoolConfig pool : config.pools()) {
            if (pool.arrays().stream().anyMatch(arrays::isStopped)) {
                continue;
            }
            volumes.ensurePool(pool.name(), pool.arrays());
        }
        Map<String, VolumeRecord> known = records.volumes();
        if (targets != null) {
            for (Map.Entry<String, Integer> former : records.formerLuns().entrySet()) {
                targets.configure(former.getValue(), former.getKey());
                // Without the number that it held, which is a record of its own now.
                records.put(former.getKey(), known.getOrDefault(former.getKey(), VolumeRecord.PLAIN));
            }
        }
        for (VolumeConfig volume : config.volumes()) {
            if (!known.containsKey(volume.name())) {
                make(volume);
            }
        }
    }

    private void make(VolumeConfig volume) throws Fault {
        if (volumes.list().stream().noneMatch(info -> info.name().equals(volume.name()))) {
            volumes.create(volume.pool(), volume.name(), volume.size().bytes());
        }
        Optional<FileSystemConfig> fileSystem = fileSystemConfig(volume.name());
        if (fileSystem.isPresent() && fileSystem.get().make()) {
            makeFileSystemOnce(volume.name());
        }
        if (volume.lun() != null && targets != null) {
            targets.configure(volume.lun(), volume.name());
        }
        // Written last: a start that was cut short before does all of it again.
        records.put(volume.name(), new VolumeRecord(fileSystem.isPresent(), false));
    }

    private void makeFileSystemOnce(String volume) throws Fault {
        try {
            requireFileSystems().make(volume, false);
        } catch (Fault there) {
            // A start that was cut short made it, and its superblock came last, so it is whole.
            if (there.code() != ExitCode.CONFLICT) {
                throw there;
            }
        }
    }

    private void openWhatIsKnown() throws Fault {
        TargetConfig target = config.target();
        if (targets != null && targetPortals != null && target != null) {
            // Before anybody can log in: who comes back finds all that was there.
            targets.restore(target);
            targetPortals.listen();
        }
        List<VolumeInfo> present = volumes.list();
        for (Map.Entry<String, VolumeRecord> entry : records.volumes().entrySet()) {
            VolumeRecord record = entry.getValue();
            boolean isThere = present.stream().anyMatch(info -> info.name().equals(entry.getKey()));
            if (record.mounted() && !record.deleted() && isThere && fileSystems != null) {
                fileSystems.mount(entry.getKey(), nodesOf(entry.getKey()));
            }
        }
    }

    /** Makes an array and a pool of the same name on it. Durable when it returns. */
    public void createArray(ArrayConfig array, boolean overwrite) throws Fault {
        RaidArray made = arrays.make(array, overwrite);
        volumes.add(openStore(Map.of(array.name(), made)));
        volumes.ensurePool(array.name(), List.of(array.name()));
    }

    /**
     * Closes an array and the pool on it, until it is started again. Blocking; durable when it returns.
     *
     * @throws Fault if a volume on it is in use, or another array has a part of its pool
     */
    public void stopArray(String name) throws Fault {
        arrays.get(name);
        Optional<PoolInfo> pool = volumes.pools().stream()
                .filter(info -> info.arrays().contains(name))
                .findFirst();
        arrays.stop(name, () -> {
            if (pool.isPresent()) {
                ArrayUse.requireNone(name, pool.get(), volumes.list(), fileSystems, targets);
                volumes.release(pool.get().name());
            }
        });
    }

    /**
     * Starts an array that does not run, and opens the pool on it if there is one. Blocking; durable when it returns.
     *
     * @param devices where its members are; empty takes what the node knows
     * @param force whether it is started even if something is lost by that
     */
    public void startArray(String name, List<String> devices, boolean force) throws Fault {
        RaidArray started = arrays.start(name, devices, force);
        BlockStore store;
        try {
            store = openStore(Map.of(name, started));
        } catch (Fault unusable) {
            // Else the node would not start either.
            arrays.stop(name, () -> {});
            throw unusable;
        }
        if (store.listPools().isEmpty()) {
            store.close();
        } else {
            volumes.add(store);
        }
    }

    /** Makes a volume, and exports it if a number is given. Durable when it returns. */
    public VolumeInfo createVolume(String pool, String name, long size, @Nullable Integer lun) throws Fault {
        Targets all = lun == null ? null : requireTargets();
        VolumeInfo volume = volumes.create(pool, name, size);
        if (all != null) {
            try {
                all.map(all.nameOr(""), lun, name, false, Set.of());
            } catch (Fault taken) {
                volumes.delete(name);
                throw taken;
            }
        }
        records.put(name, VolumeRecord.PLAIN);
        return volume;
    }

    /** What initiators have registered and reserved of a volume, at this node or another. Blocking. */
    public PrState reservations(String volume) throws Fault {
        String serial = volumes.find(volume).id().toString();
        try {
            return reservations.read(serial);
        } catch (DlmException failure) {
            throw Faults.of("reservations of volume " + volume, failure);
        } catch (IOException damaged) {
            throw Fault.failed(
                    "reservations of volume " + volume,
                    String.valueOf(damaged.getMessage()),
                    "run the newest release, or clear them with an initiator",
                    damaged);
        }
    }

    /** Takes a volume away from initiators and deletes it. Durable when it returns. */
    public void deleteVolume(String name) throws Fault {
        volumes.find(name);
        if (fileSystems != null && fileSystems.isMounted(name)) {
            throw Fault.conflict(
                    "volume " + name,
                    "its file system is open, one that nobody has open expected",
                    "quoin fs unmount " + name);
        }
        if (targets != null) {
            targets.unmapAll(name);
        }
        records.put(name, new VolumeRecord(false, true));
        volumes.delete(name);
    }

    /** Opens the file system of a volume, now and at each start. */
    public void mount(String volume) throws Fault {
        requireFileSystems().mount(volume, nodesOf(volume));
        records.put(volume, records.volume(volume).orElse(VolumeRecord.PLAIN).withMounted(true));
    }

    /** Closes the file system of a volume, now and for later starts. */
    public void unmount(String volume) throws Fault {
        requireFileSystems().unmount(volume);
        records.put(volume, records.volume(volume).orElse(VolumeRecord.PLAIN).withMounted(false));
    }

    private Optional<FileSystemConfig> fileSystemConfig(String volume) {
        return config.fileSystems().stream()
                .filter(fileSystem -> fileSystem.volume().equals(volume))
                .findFirst();
    }

    /** Who opens a file system that the configuration does not name: those who open the first that it names. */
    private List<String> nodesOf(String volume) {
        return fileSystemConfig(volume)
                .or(() -> config.fileSystems().stream().findFirst())
                .map(FileSystemConfig::nodes)
                .orElse(List.of(config.node()));
    }

    /** The name of the node. */
    public String name() {
        return config.node();
    }

    /** When it started. */
    public Instant startedAt() {
        return startedAt;
    }

    /** Its directory. */
    public NodeDirectory directory() {
        return directory;
    }

    /** Its lock manager peers. */
    public Peers peers() {
        return peers;
    }

    /** Its arrays. */
    public Arrays arrays() {
        return arrays;
    }

    /** How it looks after its arrays. */
    public ArrayUpkeep upkeep() {
        return upkeep;
    }

    /** Its pools and volumes. */
    public Volumes volumes() {
        return volumes;
    }

    /** The group of the lock manager's peers. */
    public LockGroup lockGroup() {
        return lockGroup;
    }

    /** Locks for people and scripts. */
    public Locks locks() {
        return locks;
    }

    /** Where its metrics are to be had, if anywhere. */
    public Optional<HostPort> metricsAddress() {
        return Optional.ofNullable(metrics).map(MetricsServer::address);
    }

    /** Its target, if it has one. */
    public Optional<Portal> portal() {
        return Optional.ofNullable(portal);
    }

    /** Its file systems, if it has a target. */
    public Optional<FileSystems> fileSystems() {
        return Optional.ofNullable(fileSystems);
    }

    /** Its target. */
    public Portal requirePortal() throws Fault {
        return portal().orElseThrow(this::noTarget);
    }

    /** Its file systems. */
    public FileSystems requireFileSystems() throws Fault {
        return fileSystems().orElseThrow(this::noTarget);
    }

    /** Its targets. */
    public Targets requireTargets() throws Fault {
        return targets().orElseThrow(this::noTarget);
    }

    /** Its targets, if it has one. */
    public Optional<Targets> targets() {
        return Optional.ofNullable(targets);
    }

    /** The portals of its targets, if it has one. */
    public Optional<TargetPortals> targetPortals() {
        return Optional.ofNullable(targetPortals);
    }

    /** The portals of its targets. */
    public TargetPortals requireTargetPortals() throws Fault {
        return targetPortals().orElseThrow(this::noTarget);
    }

    private Fault noTarget() {
        return Fault.usage(
                "node " + config.node(),
                "no target configured, one expected for this",
                "add target to the configuration");
    }

    /** Whether the session that holds the pools will live on for a moment. */
    public boolean isSessionAlive() {
        return session.isValidFor(Duration.ZERO);
    }

    /** Closes everything, top down, each part within its time. Blocking; idempotent. */
    @Override
    public void close() {
        parts.close();
        LOG.info("node stopped node={}", config.node());
    }
}
