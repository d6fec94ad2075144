package dev.quoin.tools.admin;

import dev.quoin.admin.proto.AcquireLockRequest;
import dev.quoin.admin.proto.AddMemberRequest;
import dev.quoin.admin.proto.AddSpareRequest;
import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.ArrayNews;
import dev.quoin.admin.proto.BreakLockReply;
import dev.quoin.admin.proto.BreakLockRequest;
import dev.quoin.admin.proto.ChangeAccessRequest;
import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.CheckFileSystemRequest;
import dev.quoin.admin.proto.ConfirmFencedReply;
import dev.quoin.admin.proto.ConfirmFencedRequest;
import dev.quoin.admin.proto.CreateArrayRequest;
import dev.quoin.admin.proto.CreatePortalRequest;
import dev.quoin.admin.proto.CreateTargetRequest;
import dev.quoin.admin.proto.CreateVolumeRequest;
import dev.quoin.admin.proto.DeletePortalRequest;
import dev.quoin.admin.proto.DeleteTargetReply;
import dev.quoin.admin.proto.DeleteTargetRequest;
import dev.quoin.admin.proto.DeleteVolumeReply;
import dev.quoin.admin.proto.DeleteVolumeRequest;
import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.DlmInfo;
import dev.quoin.admin.proto.DlmMember;
import dev.quoin.admin.proto.DrainPortalRequest;
import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.ExamineDevicesRequest;
import dev.quoin.admin.proto.FailMemberRequest;
import dev.quoin.admin.proto.FileChunk;
import dev.quoin.admin.proto.FileSystemInfo;
import dev.quoin.admin.proto.GrowArrayRequest;
import dev.quoin.admin.proto.GrowPoolRequest;
import dev.quoin.admin.proto.GrowVolumeRequest;
import dev.quoin.admin.proto.ListArrayEventsReply;
import dev.quoin.admin.proto.ListArrayEventsRequest;
import dev.quoin.admin.proto.ListArraysReply;
import dev.quoin.admin.proto.ListArraysRequest;
import dev.quoin.admin.proto.ListDeadlocksReply;
import dev.quoin.admin.proto.ListDeadlocksRequest;
import dev.quoin.admin.proto.ListDirectoryRequest;
import dev.quoin.admin.proto.ListLocksReply;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.ListPoolsReply;
import dev.quoin.admin.proto.ListPoolsRequest;
import dev.quoin.admin.proto.ListPortalsReply;
import dev.quoin.admin.proto.ListPortalsRequest;
import dev.quoin.admin.proto.ListRangesReply;
import dev.quoin.admin.proto.ListRangesRequest;
import dev.quoin.admin.proto.ListSessionsReply;
import dev.quoin.admin.proto.ListSessionsRequest;
import dev.quoin.admin.proto.ListSparesReply;
import dev.quoin.admin.proto.ListSparesRequest;
import dev.quoin.admin.proto.ListTargetsReply;
import dev.quoin.admin.proto.ListTargetsRequest;
import dev.quoin.admin.proto.ListVolumesReply;
import dev.quoin.admin.proto.ListVolumesRequest;
import dev.quoin.admin.proto.ListWaitsReply;
import dev.quoin.admin.proto.ListWaitsRequest;
import dev.quoin.admin.proto.LockEvent;
import dev.quoin.admin.proto.MakeFileSystemRequest;
import dev.quoin.admin.proto.MapLunRequest;
import dev.quoin.admin.proto.MaskLunRequest;
import dev.quoin.admin.proto.MountFileSystemRequest;
import dev.quoin.admin.proto.PoolInfo;
import dev.quoin.admin.proto.ReadFileRequest;
import dev.quoin.admin.proto.RebuildArrayRequest;
import dev.quoin.admin.proto.RemoveMemberRequest;
import dev.quoin.admin.proto.RemovePeerRequest;
import dev.quoin.admin.proto.RemoveSpareRequest;
import dev.quoin.admin.proto.ReplaceMemberRequest;
import dev.quoin.admin.proto.ReplacePeerRequest;
import dev.quoin.admin.proto.ReservationInfo;
import dev.quoin.admin.proto.ResumePortalRequest;
import dev.quoin.admin.proto.ScheduleScrubRequest;
import dev.quoin.admin.proto.ScrubArrayRequest;
import dev.quoin.admin.proto.SetPoolRequest;
import dev.quoin.admin.proto.SetTargetGroupsRequest;
import dev.quoin.admin.proto.SetWorkLimitsRequest;
import dev.quoin.admin.proto.ShowArrayRequest;
import dev.quoin.admin.proto.ShowDlmRequest;
import dev.quoin.admin.proto.ShowReservationsRequest;
import dev.quoin.admin.proto.ShowTargetRequest;
import dev.quoin.admin.proto.ShowUpkeepRequest;
import dev.quoin.admin.proto.SnapshotDlmReply;
import dev.quoin.admin.proto.SnapshotDlmRequest;
import dev.quoin.admin.proto.StartArrayRequest;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.admin.proto.StatusRequest;
import dev.quoin.admin.proto.StopArrayReply;
import dev.quoin.admin.proto.StopArrayRequest;
import dev.quoin.admin.proto.StopScrubRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.admin.proto.TransferLeadershipRequest;
import dev.quoin.admin.proto.UnmapLunRequest;
import dev.quoin.admin.proto.UnmountFileSystemRequest;
import dev.quoin.admin.proto.UpkeepInfo;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.admin.proto.WatchArraysRequest;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.admin.proto.WriteFileReply;
import dev.quoin.admin.proto.WriteFileRequest;
import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The administration door of a node: each call is a call of the node's parts. */
public final class AdminService extends AdminGrpc.AdminImplBase {

    private final Node node;
    private final String version;
    private final ArrayAdmin arrays;
    private final ArrayWorks works;
    private final UpkeepAdmin upkeep;
    private final FileCalls files;
    private final LockCalls locks;
    private final LockAdmin lockAdmin;
    private final TargetAdmin targetAdmin;
    private final VolumeAdmin volumes;

    /**
     * Opens the door of a node.
     *
     * @param version of this program, for people
     */
    public AdminService(Node node, String version) {
        this.node = node;
        this.version = version;
        this.arrays = new ArrayAdmin(node);
        this.works = new ArrayWorks(node.arrays(), node.upkeep());
        this.upkeep = new UpkeepAdmin(node.arrays(), node.upkeep());
        this.files = new FileCalls(node);
        this.locks = new LockCalls(node.locks());
        this.lockAdmin = new LockAdmin(node.locks(), node.lockGroup());
        this.targetAdmin = new TargetAdmin(node);
        this.volumes = new VolumeAdmin(node);
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusReply> reply) {
        Calls.answer(reply, () -> StatusMessage.of(node, version, arrays, targetAdmin));
    }

    @Override
    public void listArrays(ListArraysRequest request, StreamObserver<ListArraysReply> reply) {
        Calls.answer(reply, arrays::list);
    }

    @Override
    public void showArray(ShowArrayRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.show(request.getName()));
    }

    @Override
    public void createArray(CreateArrayRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.create(request));
    }

    @Override
    public void failMember(FailMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.fail(request));
    }

    @Override
    public void replaceMember(ReplaceMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.replace(request));
    }

    @Override
    public void addMember(AddMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.add(request));
    }

    @Override
    public void removeMember(RemoveMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.remove(request));
    }

    @Override
    public void listSpares(ListSparesRequest request, StreamObserver<ListSparesReply> reply) {
        Calls.answer(reply, arrays::spares);
    }

    @Override
    public void addSpare(AddSpareRequest request, StreamObserver<ListSparesReply> reply) {
        Calls.answer(reply, () -> arrays.addSpare(request));
    }

    @Override
    public void removeSpare(RemoveSpareRequest request, StreamObserver<ListSparesReply> reply) {
        Calls.answer(reply, () -> arrays.removeSpare(request));
    }

    @Override
    public void rebuildArray(RebuildArrayRequest request, StreamObserver<WorkEvent> reply) {
        works.rebuild(request.getArray(), (ServerCallStreamObserver<WorkEvent>) reply);
    }

    @Override
    public void scrubArray(ScrubArrayRequest request, StreamObserver<WorkEvent> reply) {
        works.scrub(request, (ServerCallStreamObserver<WorkEvent>) reply);
    }

    @Override
    public void stopScrub(StopScrubRequest request, StreamObserver<WorkReport> reply) {
        Calls.answer(reply, () -> works.stopScrub(request.getArray()));
    }

    @Override
    public void showUpkeep(ShowUpkeepRequest request, StreamObserver<UpkeepInfo> reply) {
        Calls.answer(reply, () -> upkeep.show(request.getArray()));
    }

    @Override
    public void setWorkLimits(SetWorkLimitsRequest request, StreamObserver<UpkeepInfo> reply) {
        Calls.answer(reply, () -> upkeep.limit(request));
    }

    @Override
    public void scheduleScrub(ScheduleScrubRequest request, StreamObserver<UpkeepInfo> reply) {
        Calls.answer(reply, () -> upkeep.schedule(request));
    }

    @Override
    public void listArrayEvents(ListArrayEventsRequest request, StreamObserver<ListArrayEventsReply> reply) {
        Calls.answer(reply, () -> upkeep.events(request.getArray(), request.getAfter()));
    }

    @Override
    public void watchArrays(WatchArraysRequest request, StreamObserver<ArrayNews> reply) {
        upkeep.watch(request, (ServerCallStreamObserver<ArrayNews>) reply);
    }

    @Override
    public void stopArray(StopArrayRequest request, StreamObserver<StopArrayReply> reply) {
        Calls.answer(reply, () -> arrays.stop(request));
    }

    @Override
    public void startArray(StartArrayRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> arrays.start(request));
    }

    @Override
    public void examineDevices(ExamineDevicesRequest request, StreamObserver<ExamineDevicesReply> reply) {
        Calls.answer(reply, () -> arrays.examine(request));
    }

    @Override
    public void growArray(GrowArrayRequest request, StreamObserver<WorkEvent> reply) {
        works.grow(request.getArray(), request.getAdd(), (ServerCallStreamObserver<WorkEvent>) reply);
    }

    @Override
    public void listVolumes(ListVolumesRequest request, StreamObserver<ListVolumesReply> reply) {
        Calls.answer(reply, () -> Messages.volumes(node));
    }

    @Override
    public void showReservations(ShowReservationsRequest request, StreamObserver<ReservationInfo> reply) {
        Calls.answer(reply, () -> Messages.reservations(request.getVolume(), node.reservations(request.getVolume())));
    }

    @Override
    public void createVolume(CreateVolumeRequest request, StreamObserver<VolumeInfo> reply) {
        Calls.answer(reply, () -> volumes.create(request));
    }

    @Override
    public void growVolume(GrowVolumeRequest request, StreamObserver<VolumeInfo> reply) {
        Calls.answer(reply, () -> volumes.grow(request));
    }

    @Override
    public void listPools(ListPoolsRequest request, StreamObserver<ListPoolsReply> reply) {
        Calls.answer(reply, () -> Messages.pools(node));
    }

    @Override
    public void setPool(SetPoolRequest request, StreamObserver<PoolInfo> reply) {
        Calls.answer(reply, () -> Messages.pool(node.volumes().warnAt(request.getName(), request.getWarnAtPercent())));
    }

    @Override
    public void growPool(GrowPoolRequest request, StreamObserver<PoolInfo> reply) {
        Calls.answer(reply, () -> Messages.pool(node.volumes().growPool(request.getName())));
    }

    @Override
    public void deleteVolume(DeleteVolumeRequest request, StreamObserver<DeleteVolumeReply> reply) {
        Calls.answer(reply, () -> volumes.delete(request));
    }

    @Override
    public void listTargets(ListTargetsRequest request, StreamObserver<ListTargetsReply> reply) {
        Calls.answer(reply, targetAdmin::list);
    }

    @Override
    public void showTarget(ShowTargetRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.show(request.getName()));
    }

    @Override
    public void createTarget(CreateTargetRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.create(request));
    }

    @Override
    public void deleteTarget(DeleteTargetRequest request, StreamObserver<DeleteTargetReply> reply) {
        Calls.answer(reply, () -> targetAdmin.delete(request));
    }

    @Override
    public void setTargetGroups(SetTargetGroupsRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.setGroups(request));
    }

    @Override
    public void changeAccess(ChangeAccessRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.changeAccess(request));
    }

    @Override
    public void mapLun(MapLunRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.map(request));
    }

    @Override
    public void unmapLun(UnmapLunRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.unmap(request));
    }

    @Override
    public void maskLun(MaskLunRequest request, StreamObserver<TargetInfo> reply) {
        Calls.answer(reply, () -> targetAdmin.mask(request));
    }

    @Override
    public void listPortals(ListPortalsRequest request, StreamObserver<ListPortalsReply> reply) {
        Calls.answer(reply, targetAdmin::portals);
    }

    @Override
    public void createPortal(CreatePortalRequest request, StreamObserver<ListPortalsReply> reply) {
        Calls.answer(reply, () -> targetAdmin.createPortal(request));
    }

    @Override
    public void deletePortal(DeletePortalRequest request, StreamObserver<ListPortalsReply> reply) {
        Calls.answer(reply, () -> targetAdmin.deletePortal(request.getAddress()));
    }

    @Override
    public void drainPortal(DrainPortalRequest request, StreamObserver<ListPortalsReply> reply) {
        Calls.answer(reply, () -> targetAdmin.drainPortal(request));
    }

    @Override
    public void resumePortal(ResumePortalRequest request, StreamObserver<ListPortalsReply> reply) {
        Calls.answer(reply, () -> targetAdmin.resumePortal(request.getAddress()));
    }

    @Override
    public void makeFileSystem(MakeFileSystemRequest request, StreamObserver<FileSystemInfo> reply) {
        Calls.answer(reply, () -> {
            node.requireFileSystems().make(request.getVolume(), request.getOverwrite());
            return fileSystem(request.getVolume());
        });
    }

    @Override
    public void mountFileSystem(MountFileSystemRequest request, StreamObserver<FileSystemInfo> reply) {
        Calls.answer(reply, () -> {
            node.mount(request.getVolume());
            return fileSystem(request.getVolume());
        });
    }

    @Override
    public void unmountFileSystem(UnmountFileSystemRequest request, StreamObserver<FileSystemInfo> reply) {
        Calls.answer(reply, () -> {
            node.unmount(request.getVolume());
            return fileSystem(request.getVolume());
        });
    }

    private FileSystemInfo fileSystem(String volume) throws Fault {
        return Messages.fileSystem(node.requireFileSystems(), volume);
    }

    @Override
    public void checkFileSystem(CheckFileSystemRequest request, StreamObserver<CheckFileSystemReply> reply) {
        Calls.answer(reply, () -> {
            FsckReport report = node.requireFileSystems().check(request.getVolume());
            return Messages.check(request.getVolume(), report);
        });
    }

    @Override
    public void listDirectory(ListDirectoryRequest request, StreamObserver<DirectoryEntry> reply) {
        files.list(request.getPath(), (ServerCallStreamObserver<DirectoryEntry>) reply);
    }

    @Override
    public void readFile(ReadFileRequest request, StreamObserver<FileChunk> reply) {
        files.read(request.getPath(), (ServerCallStreamObserver<FileChunk>) reply);
    }

    @Override
    public StreamObserver<WriteFileRequest> writeFile(StreamObserver<WriteFileReply> reply) {
        return files.write(reply);
    }

    @Override
    public void listLocks(ListLocksRequest request, StreamObserver<ListLocksReply> reply) {
        Calls.answer(reply, () -> lockAdmin.locks(request));
    }

    @Override
    public void acquireLock(AcquireLockRequest request, StreamObserver<LockEvent> reply) {
        locks.acquire(request, (ServerCallStreamObserver<LockEvent>) reply);
    }

    @Override
    public void listWaits(ListWaitsRequest request, StreamObserver<ListWaitsReply> reply) {
        Calls.answer(reply, () -> lockAdmin.waits(request));
    }

    @Override
    public void listDeadlocks(ListDeadlocksRequest request, StreamObserver<ListDeadlocksReply> reply) {
        Calls.answer(reply, lockAdmin::deadlocks);
    }

    @Override
    public void breakLock(BreakLockRequest request, StreamObserver<BreakLockReply> reply) {
        Calls.answer(reply, () -> lockAdmin.breakLock(request));
    }

    @Override
    public void listRanges(ListRangesRequest request, StreamObserver<ListRangesReply> reply) {
        Calls.answer(reply, () -> lockAdmin.ranges(request));
    }

    @Override
    public void listSessions(ListSessionsRequest request, StreamObserver<ListSessionsReply> reply) {
        Calls.answer(reply, lockAdmin::sessions);
    }

    @Override
    public void confirmFenced(ConfirmFencedRequest request, StreamObserver<ConfirmFencedReply> reply) {
        Calls.answer(reply, () -> lockAdmin.confirmFenced(request));
    }

    @Override
    public void showDlm(ShowDlmRequest request, StreamObserver<DlmInfo> reply) {
        Calls.answer(reply, lockAdmin::show);
    }

    @Override
    public void transferLeadership(TransferLeadershipRequest request, StreamObserver<DlmInfo> reply) {
        Calls.answer(reply, () -> lockAdmin.transfer(request));
    }

    @Override
    public void addPeer(DlmMember request, StreamObserver<DlmInfo> reply) {
        Calls.answer(reply, () -> lockAdmin.add(request));
    }

    @Override
    public void removePeer(RemovePeerRequest request, StreamObserver<DlmInfo> reply) {
        Calls.answer(reply, () -> lockAdmin.remove(request));
    }

    @Override
    public void replacePeer(ReplacePeerRequest request, StreamObserver<DlmInfo> reply) {
        Calls.answer(reply, () -> lockAdmin.replace(request));
    }

    @Override
    public void snapshotDlm(SnapshotDlmRequest request, StreamObserver<SnapshotDlmReply> reply) {
        Calls.answer(reply, () -> lockAdmin.snapshot(request));
    }
}
