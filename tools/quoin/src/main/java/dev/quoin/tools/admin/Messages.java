package dev.quoin.tools.admin;

import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.FileSystemInfo;
import dev.quoin.admin.proto.ListPoolsReply;
import dev.quoin.admin.proto.ListVolumesReply;
import dev.quoin.admin.proto.MemberInfo;
import dev.quoin.admin.proto.PeerInfo;
import dev.quoin.admin.proto.PoolInfo;
import dev.quoin.admin.proto.ReservationInfo;
import dev.quoin.admin.proto.ReservationKey;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.clusterfs.fsck.Finding;
import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.iscsi.reservation.Registrant;
import dev.quoin.iscsi.reservation.Reservation;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Arrays;
import dev.quoin.tools.node.FileSystems;
import dev.quoin.tools.node.MemberPlace;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.Peers;
import java.util.Locale;

/** The state of a node's parts as messages. */
final class Messages {

    /** The block size of the file system, in bytes. */
    private static final long FS_BLOCK = 4096;

    private Messages() {}

    static ArrayInfo array(Arrays arrays, String name) throws Fault {
        ArrayStatus status = arrays.get(name).status();
        var message = ArrayInfo.newBuilder()
                .setName(status.name())
                .setUuid(status.uuid().toString())
                .setLevel(Integer.toString(status.level().number()))
                .setState(state(status))
                .setSizeBytes(status.sizeBytes())
                .setChunkBytes(status.chunkBytes())
                .setJournal(status.journal().word());
        for (ArrayStatus.MemberStatus member : status.members()) {
            MemberPlace place = arrays.place(name, member.role());
            message.addMembers(MemberInfo.newBuilder()
                    .setRole(member.role())
                    .setDevice(place.device())
                    .setSerial(place.serial())
                    .setState(state(member))
                    .setWriteMostly(member.writeMostly())
                    .setReplacement(member.replacement() == null ? "" : member.replacement())
                    .setSizeBytes(arrays.deviceSize(name, member.role())));
        }
        return message.addAllSpares(status.spares()).build();
    }

    private static String state(ArrayStatus status) {
        String health = status.health().name().toLowerCase(Locale.ROOT);
        return switch (status.activity()) {
            case IDLE -> health;
            case REBUILDING -> health + ", rebuilding " + percent(status.rebuiltBytes(), status.memberBytes());
            case SCRUBBING -> health + ", scrubbing";
            case GROWING -> health + ", growing";
            case RESHAPING -> health + ", reshaping " + percent(status.rebuiltBytes(), status.memberBytes());
        };
    }

    private static String percent(long part, long whole) {
        return (whole == 0 ? 0 : part * 100 / whole) + " %";
    }

    private static String state(ArrayStatus.MemberStatus member) {
        return switch (member.state()) {
            case IN_SYNC -> "active";
            case REBUILDING -> "rebuilding";
            case FAILED -> member.device() == null ? "missing" : "failed";
        };
    }

    static VolumeInfo volume(Node node, dev.quoin.blockstore.VolumeInfo volume) {
        var message = VolumeInfo.newBuilder()
                .setName(volume.name())
                .setPool(volume.pool())
                .setSizeBytes(volume.size());
        node.portal().flatMap(portal -> portal.lunOf(volume.name())).ifPresent(message::setLun);
        return message.build();
    }

    static ListVolumesReply volumes(Node node) {
        var list = ListVolumesReply.newBuilder();
        node.volumes().list().forEach(volume -> list.addVolumes(volume(node, volume)));
        return list.build();
    }

    static ListPoolsReply pools(Node node) throws Fault {
        var list = ListPoolsReply.newBuilder();
        node.volumes().pools().forEach(pool -> list.addPools(pool(pool)));
        return list.build();
    }

    static PoolInfo pool(dev.quoin.blockstore.PoolInfo pool) {
        return PoolInfo.newBuilder()
                .setName(pool.name())
                .addAllArrays(pool.arrays())
                .setSizeBytes(pool.capacity())
                .setUsedBytes(pool.allocated())
                .setProvisionedBytes(pool.provisioned())
                .setVolumes(pool.volumes())
                .setWarnAtPercent(pool.warnAtPercent())
                .build();
    }

    static FileSystemInfo fileSystem(FileSystems.State state) {
        return FileSystemInfo.newBuilder()
                .setVolume(state.volume())
                .addAllNodes(state.nodes())
                .setSizeBytes(state.sizeBytes())
                .setFreeBytes(state.freeBytes())
                .build();
    }

    /** A file system, also one that nobody has open, of which only the name is known. */
    static FileSystemInfo fileSystem(FileSystems all, String volume) {
        return all.list().stream()
                .filter(state -> state.volume().equals(volume))
                .findFirst()
                .map(Messages::fileSystem)
                .orElse(FileSystemInfo.newBuilder().setVolume(volume).build());
    }

    static CheckFileSystemReply check(String volume, FsckReport report) {
        return CheckFileSystemReply.newBuilder()
                .setVolume(volume)
                .setClean(report.clean())
                .addAllFindings(report.findings().stream().map(Finding::line).toList())
                .setFiles(report.counts().files())
                .setDirectories(report.counts().directories())
                .setUsedBytes((report.counts().dataBlocks() + report.counts().metadataBlocks()) * FS_BLOCK)
                .build();
    }

    static PeerInfo peer(Peers.State peer) {
        return PeerInfo.newBuilder()
                .setId(peer.id())
                .setAddress(peer.address())
                .setState(peer.state())
                .build();
    }

    /** The reservations of a volume. */
    static ReservationInfo reservations(String volume, PrState state) {
        var info = ReservationInfo.newBuilder()
                .setVolume(volume)
                .setGeneration(state.generation())
                .setSurvivesPowerLoss(state.survivesPowerLoss());
        Reservation held = state.reservation();
        if (held != null) {
            info.setType(held.type().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
        for (Registrant one : state.registrants()) {
            info.addKeys(ReservationKey.newBuilder()
                    .setKey(one.key())
                    .setInitiator(one.nexus().initiator())
                    .setIsid("%012x".formatted(one.nexus().isid()))
                    .setTargetPort(one.nexus().targetPort())
                    .setHolder(state.isHeldBy(one.nexus())));
        }
        return info.build();
    }
}
