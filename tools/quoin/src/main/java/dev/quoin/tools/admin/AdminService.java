package dev.quoin.tools.admin;

import dev.quoin.admin.proto.AcquireLockRequest;
import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.CheckFileSystemRequest;
import dev.quoin.admin.proto.CreateArrayRequest;
import dev.quoin.admin.proto.CreateVolumeRequest;
import dev.quoin.admin.proto.DeleteVolumeReply;
import dev.quoin.admin.proto.DeleteVolumeRequest;
import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.FailMemberRequest;
import dev.quoin.admin.proto.FileChunk;
import dev.quoin.admin.proto.FileSystemInfo;
import dev.quoin.admin.proto.HealthCheck;
import dev.quoin.admin.proto.ListArraysReply;
import dev.quoin.admin.proto.ListArraysRequest;
import dev.quoin.admin.proto.ListDirectoryRequest;
import dev.quoin.admin.proto.ListLocksReply;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.ListVolumesReply;
import dev.quoin.admin.proto.ListVolumesRequest;
import dev.quoin.admin.proto.LockEvent;
import dev.quoin.admin.proto.MakeFileSystemRequest;
import dev.quoin.admin.proto.MountFileSystemRequest;
import dev.quoin.admin.proto.NodeInfo;
import dev.quoin.admin.proto.ReadFileRequest;
import dev.quoin.admin.proto.RebuildArrayRequest;
import dev.quoin.admin.proto.ReplaceMemberRequest;
import dev.quoin.admin.proto.ScrubArrayRequest;
import dev.quoin.admin.proto.ShowArrayRequest;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.admin.proto.StatusRequest;
import dev.quoin.admin.proto.UnmountFileSystemRequest;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.admin.proto.WorkEvent;
import dev.quoin.admin.proto.WriteFileReply;
import dev.quoin.admin.proto.WriteFileRequest;
import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.Names;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The administration door of a node: each call is a call of the node's parts. */
public final class AdminService extends AdminGrpc.AdminImplBase {

    private final Node node;
    private final String version;
    private final ArrayWorks works;
    private final FileCalls files;
    private final LockCalls locks;

    /**
     * Opens the door of a node.
     *
     * @param version of this program, for people
     */
    public AdminService(Node node, String version) {
        this.node = node;
        this.version = version;
        this.works = new ArrayWorks(node.arrays());
        this.files = new FileCalls(node);
        this.locks = new LockCalls(node.locks());
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusReply> reply) {
        Calls.answer(reply, () -> {
            List<HealthCheck> checks = Checks.of(node);
            var status = StatusReply.newBuilder()
                    .setHealth(Checks.worst(checks))
                    .addAllChecks(checks)
                    .setNode(NodeInfo.newBuilder()
                            .setName(node.name())
                            .setVersion(version)
                            .setPid(ProcessHandle.current().pid())
                            .setStartedAt(node.startedAt().toEpochMilli())
                            .setDirectory(node.directory().path().toString()));
            node.peers().list().forEach(peer -> status.addPeers(Messages.peer(peer)));
            for (String name : node.arrays().all().keySet()) {
                status.addArrays(Messages.array(node.arrays(), name));
            }
            node.volumes().list().forEach(volume -> status.addVolumes(Messages.volume(node, volume)));
            node.portal().ifPresent(portal -> status.setTarget(Messages.target(portal)));
            node.fileSystems()
                    .ifPresent(all -> all.list().forEach(state -> status.addFileSystems(Messages.fileSystem(state))));
            return status.build();
        });
    }

    @Override
    public void listArrays(ListArraysRequest request, StreamObserver<ListArraysReply> reply) {
        Calls.answer(reply, () -> {
            var list = ListArraysReply.newBuilder();
            for (String name : node.arrays().all().keySet()) {
                list.addArrays(Messages.array(node.arrays(), name));
            }
            return list.build();
        });
    }

    @Override
    public void showArray(ShowArrayRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> Messages.array(node.arrays(), request.getName()));
    }

    @Override
    public void createArray(CreateArrayRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> {
            node.createArray(arrayConfig(request), request.getOverwrite());
            return Messages.array(node.arrays(), request.getName());
        });
    }

    private static ArrayConfig arrayConfig(CreateArrayRequest request) throws Fault {
        try {
            return new ArrayConfig(
                    request.getName(),
                    Integer.valueOf(request.getLevel()),
                    new ByteSize(request.getChunkBytes() == 0 ? ArrayConfig.CHUNK_DEFAULT : request.getChunkBytes()),
                    request.getMembersList(),
                    request.getMemberBytes() == 0 ? null : new ByteSize(request.getMemberBytes()));
        } catch (IllegalArgumentException invalid) {
            throw Fault.usage(
                    "array " + request.getName(),
                    String.valueOf(invalid.getMessage()),
                    "see quoin array create --help");
        }
    }

    @Override
    public void failMember(FailMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> {
            node.arrays().fail(request.getArray(), request.getRole());
            return Messages.array(node.arrays(), request.getArray());
        });
    }

    @Override
    public void replaceMember(ReplaceMemberRequest request, StreamObserver<ArrayInfo> reply) {
        Calls.answer(reply, () -> {
            node.arrays().replace(request.getArray(), request.getRole(), request.getDevice());
            return Messages.array(node.arrays(), request.getArray());
        });
    }

    @Override
    public void rebuildArray(RebuildArrayRequest request, StreamObserver<WorkEvent> reply) {
        works.rebuild(request.getArray(), (ServerCallStreamObserver<WorkEvent>) reply);
    }

    @Override
    public void scrubArray(ScrubArrayRequest request, StreamObserver<WorkEvent> reply) {
        works.scrub(request.getArray(), (ServerCallStreamObserver<WorkEvent>) reply);
    }

    @Override
    public void listVolumes(ListVolumesRequest request, StreamObserver<ListVolumesReply> reply) {
        Calls.answer(reply, () -> {
            var list = ListVolumesReply.newBuilder();
            node.volumes().list().forEach(volume -> list.addVolumes(Messages.volume(node, volume)));
            return list.build();
        });
    }

    @Override
    public void createVolume(CreateVolumeRequest request, StreamObserver<VolumeInfo> reply) {
        Calls.answer(reply, () -> {
            try {
                Names.check("volume", request.getName());
            } catch (IllegalArgumentException invalid) {
                throw Fault.usage("volume", String.valueOf(invalid.getMessage()), "choose another name");
            }
            Integer lun = request.hasLun() ? Integer.valueOf(request.getLun()) : null;
            return Messages.volume(
                    node, node.createVolume(request.getPool(), request.getName(), request.getSizeBytes(), lun));
        });
    }

    @Override
    public void deleteVolume(DeleteVolumeRequest request, StreamObserver<DeleteVolumeReply> reply) {
        Calls.answer(reply, () -> {
            node.deleteVolume(request.getName());
            return DeleteVolumeReply.getDefaultInstance();
        });
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
        Calls.answer(reply, () -> {
            var list = ListLocksReply.newBuilder();
            node.locks().list(request.getLockspace()).forEach(lock -> list.addLocks(Messages.lock(lock)));
            return list.build();
        });
    }

    @Override
    public void acquireLock(AcquireLockRequest request, StreamObserver<LockEvent> reply) {
        locks.acquire(request, (ServerCallStreamObserver<LockEvent>) reply);
    }
}
