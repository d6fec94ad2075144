package dev.quoin.tools.node;

import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.clusterfs.ClusterFs;
import dev.quoin.clusterfs.FormatRefusedException;
import dev.quoin.clusterfs.Fsck;
import dev.quoin.clusterfs.Mkfs;
import dev.quoin.clusterfs.MkfsOptions;
import dev.quoin.clusterfs.MountOptions;
import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.clusterfs.vfs.FsStatus;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.fence.FenceOutcome;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file systems that this process has open, on each of its file system nodes: every mount has a session of its own at the lock
 * manager, and an iSCSI session of its own under a name that no other session ever has, so that it can be fenced alone.
 *
 * <p>Changes are made one at a time and block for the lock manager and for devices; who only looks sees the mounts as they were
 * before or after a change, and waits for nobody.
 */
public final class FileSystems implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FileSystems.class);

    private final Volumes volumes;
    private final Portal portal;
    private final TargetFence fence;
    private final LockServers servers;
    private volatile Map<String, List<Mount>> mounts = Map.of();

    /** One node's mount. The device and the session are closed after the file system. */
    private record Mount(String node, LockClient session, BlockDevice device, ClusterFs fileSystem) {}

    /**
     * A file system at one moment.
     *
     * @param nodes that have it open and work
     * @param withdrawn nodes that have it open and do not work any more
     */
    public record State(String volume, List<String> nodes, List<String> withdrawn, long sizeBytes, long freeBytes) {
        public State {
            nodes = List.copyOf(nodes);
            withdrawn = List.copyOf(withdrawn);
        }
    }

    FileSystems(Volumes volumes, Portal portal, TargetFence fence, LockServers servers) {
        this.volumes = volumes;
        this.portal = portal;
        this.fence = fence;
        this.servers = servers;
    }

    /**
     * Makes an empty file system on a volume that is not mounted here.
     *
     * @param overwrite whether one that is there may go
     */
    public synchronized void make(String volume, boolean overwrite) throws Fault {
        requireNotMounted(volume, "quoin fs unmount " + volume);
        MkfsOptions options = MkfsOptions.of(volume);
        try {
            Mkfs.format(volumes.device(volume), overwrite ? options.forced() : options);
        } catch (FormatRefusedException refused) {
            throw new Fault(
                    ExitCode.CONFLICT,
                    "volume " + volume,
                    String.valueOf(refused.getMessage()),
                    "use --overwrite if all its files may be lost, or name another volume",
                    refused);
        } catch (DeviceException failure) {
            throw Faults.of("volume " + volume, failure);
        }
    }

    /** Checks a file system that is not mounted here. Changes nothing. */
    public synchronized FsckReport check(String volume) throws Fault {
        requireNotMounted(volume, "quoin fs unmount " + volume + ", then check again");
        return Fsck.check(volumes.device(volume));
    }

    /** Opens the file system of a volume on these nodes. Nodes that have it open keep it. */
    synchronized void mount(String volume, List<String> nodes) throws Fault {
        VolumeInfo info = volumes.find(volume);
        int lun = portal.lunOf(info.name())
                .orElseThrow(() -> Fault.usage(
                        "volume " + volume,
                        "no LUN found, one expected: nodes reach a file system by iSCSI",
                        "make the volume with --lun"));
        for (String node : nodes) {
            List<Mount> open = mounts.getOrDefault(volume, List.of());
            if (open.stream().noneMatch(mount -> mount.node().equals(node))) {
                var more = new ArrayList<>(open);
                more.add(mountOn(node, volume, lun));
                set(volume, more);
            }
        }
    }

    private void set(String volume, List<Mount> open) {
        var changed = new TreeMap<>(mounts);
        if (open.isEmpty()) {
            changed.remove(volume);
        } else {
            changed.put(volume, List.copyOf(open));
        }
        mounts = Collections.unmodifiableMap(changed);
    }

    private Mount mountOn(String node, String volume, int lun) throws Fault {
        var undo = new ClosingStack(Node.CLOSE_LIMIT);
        try {
            LockClient session =
                    undo.add("session of " + node, DlmClient.connect(servers.as(TargetFence.mount(node, volume))));
            String initiator = TargetFence.initiator(node, session.session());
            BlockDevice device = undo.add("disk of " + node, portal.open(lun, initiator));
            ClusterFs fileSystem = ClusterFs.mount(device, session, MountOptions.of(this::fence));
            return new Mount(node, session, device, fileSystem);
        } catch (IOException failure) {
            undo.close();
            throw failure(volume, failure);
        }
    }

    /** Cuts off what a session of a node may still send; newer sessions of the node have other names. */
    private void fence(String mount, SessionId session) throws IOException {
        if (fence.fence(mount, session) instanceof FenceOutcome.NotFenced(String reason)) {
            throw new IOException(reason);
        }
    }

    /** Closes the file system of a volume on all nodes here. */
    synchronized void unmount(String volume) throws Fault {
        List<Mount> open = mounts.get(volume);
        if (open == null) {
            throw Fault.conflict("file system " + volume, "not open here", "quoin status");
        }
        IOException first = null;
        var left = new ArrayList<>(open);
        for (Mount mount : open) {
            try {
                close(mount);
                left.remove(mount);
                set(volume, left);
            } catch (IOException failure) {
                LOG.warn("unmount failed volume={} node={}", volume, mount.node(), failure);
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw failure(volume, first);
        }
    }

    /**
     * After a failure the session stays open: it has to end by running out, so that whoever comes next replays the journal before
     * anything else. The end of the process sees to that.
     */
    private static void close(Mount mount) throws IOException {
        mount.fileSystem().close();
        mount.device().close();
        mount.session().close();
    }

    /** Whether any node here has it open. */
    public boolean isMounted(String volume) {
        return mounts.containsKey(volume);
    }

    /**
     * A file system as one node sees it.
     *
     * @param volume empty takes the only one
     * @param node empty takes the first
     */
    public ClusterFs through(String volume, String node) throws Fault {
        List<Mount> open = mounts.get(volume.isEmpty() ? onlyVolume() : volume);
        if (open == null) {
            throw Fault.notFound(
                    "file system " + volume,
                    "not open here, one of " + mounts.keySet() + " expected",
                    "quoin fs mount " + volume + " opens it");
        }
        for (Mount mount : open) {
            if (node.isEmpty() || mount.node().equals(node)) {
                return mount.fileSystem();
            }
        }
        throw Fault.notFound(
                "node " + node,
                "does not have it open, one of "
                        + open.stream().map(Mount::node).toList() + " expected",
                "name another with --node");
    }

    private String onlyVolume() throws Fault {
        if (mounts.size() != 1) {
            throw Fault.usage(
                    "path",
                    "file systems " + mounts.keySet() + " found, one expected",
                    "write the volume before the path: shared0:/path");
        }
        return mounts.keySet().iterator().next();
    }

    /** The file systems that are open here, by volume. Blocking. */
    public List<State> list() {
        var states = new ArrayList<State>();
        mounts.forEach((volume, open) -> states.add(state(volume, open)));
        return states;
    }

    private static State state(String volume, List<Mount> open) {
        var nodes = new ArrayList<String>();
        var withdrawn = new ArrayList<String>();
        long size = 0;
        long free = 0;
        for (Mount mount : open) {
            try {
                FsStatus status = mount.fileSystem().statfs();
                size = status.blocks() * status.blockSize();
                free = status.freeBlocks() * status.blockSize();
                nodes.add(mount.node());
            } catch (VfsException failed) {
                LOG.warn("file system does not answer volume={} node={}", volume, mount.node(), failed);
                withdrawn.add(mount.node());
            }
        }
        return new State(volume, nodes, withdrawn, size, free);
    }

    private void requireNotMounted(String volume, String next) throws Fault {
        List<Mount> open = mounts.get(volume);
        if (open != null) {
            throw Fault.conflict(
                    "file system " + volume,
                    "open on " + open.stream().map(Mount::node).toList() + ", one that nobody has open expected",
                    next);
        }
    }

    private static Fault failure(String volume, IOException failure) {
        String object = "file system " + volume;
        return switch (failure) {
            case VfsException known -> Faults.of(object, known);
            case DeviceException known -> Faults.of(object, known);
            case DlmException known -> Faults.of(object, known);
            default -> Fault.failed(object, failure.toString(), "see the node's log", failure);
        };
    }

    /** Closes all file systems. Blocking; idempotent. */
    @Override
    public synchronized void close() throws Fault {
        Fault first = null;
        for (String volume : List.copyOf(mounts.keySet())) {
            try {
                unmount(volume);
            } catch (Fault fault) {
                first = first == null ? fault : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
