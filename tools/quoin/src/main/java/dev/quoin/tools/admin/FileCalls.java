package dev.quoin.tools.admin;

import com.google.protobuf.ByteString;
import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.FileChunk;
import dev.quoin.admin.proto.FilePath;
import dev.quoin.admin.proto.WriteFileReply;
import dev.quoin.admin.proto.WriteFileRequest;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.Attributes;
import dev.quoin.clusterfs.vfs.FileTree;
import dev.quoin.clusterfs.vfs.Listing;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Faults;
import dev.quoin.tools.node.Node;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files of the cluster file systems over the administration door. */
final class FileCalls {

    private static final Logger LOG = LoggerFactory.getLogger(FileCalls.class);
    private static final int CHUNK = 256 * 1024;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Node node;

    FileCalls(Node node) {
        this.node = node;
    }

    void list(FilePath path, ServerCallStreamObserver<DirectoryEntry> reply) {
        Flow.answer(reply, flow -> {
            try {
                Vfs vfs = vfs(path);
                for (Listing.Entry entry : FileTree.of(vfs).list(path.getPath())) {
                    flow.send(entry(entry, vfs.getattr(entry.inode())));
                }
            } catch (VfsException failure) {
                throw fault(path, failure);
            }
        });
    }

    void read(FilePath path, ServerCallStreamObserver<FileChunk> reply) {
        Flow.answer(reply, flow -> {
            try {
                Vfs vfs = vfs(path);
                InodeId file = FileTree.of(vfs).resolve(path.getPath());
                byte[] buffer = new byte[CHUNK];
                long offset = 0;
                for (int count = vfs.read(file, 0, ByteBuffer.wrap(buffer));
                        count > 0;
                        count = vfs.read(file, offset, ByteBuffer.wrap(buffer))) {
                    flow.send(FileChunk.newBuilder()
                            .setData(ByteString.copyFrom(buffer, 0, count))
                            .build());
                    offset += count;
                }
            } catch (VfsException failure) {
                throw fault(path, failure);
            }
        });
    }

    StreamObserver<WriteFileRequest> write(StreamObserver<WriteFileReply> reply) {
        return new Upload(reply);
    }

    private Vfs vfs(FilePath path) throws Fault {
        return node.requireFileSystems().through(path.getVolume(), path.getNode());
    }

    private static DirectoryEntry entry(Listing.Entry entry, Attributes attributes) {
        return DirectoryEntry.newBuilder()
                .setName(entry.name().toString())
                .setType(type(attributes.type()))
                .setMode(attributes.permissions())
                .setSizeBytes(attributes.size())
                .setModifiedAt(attributes.mtime() / NANOS_PER_MILLI)
                .build();
    }

    private static String type(FileType type) {
        return switch (type) {
            case REGULAR -> "file";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symlink";
            case FIFO, SOCKET, BLOCK_DEVICE, CHARACTER_DEVICE -> "other";
        };
    }

    private static Fault fault(FilePath path, VfsException failure) {
        return Faults.of((path.getVolume().isEmpty() ? "" : path.getVolume() + ":") + path.getPath(), failure);
    }

    /** One file that comes in. gRPC calls one method at a time and sends no more than one of them takes. */
    private final class Upload implements StreamObserver<WriteFileRequest> {

        private final StreamObserver<WriteFileReply> reply;
        private @Nullable IncomingFile file;
        private FilePath path = FilePath.getDefaultInstance();
        private boolean failed;

        Upload(StreamObserver<WriteFileReply> reply) {
            this.reply = reply;
        }

        @Override
        public void onNext(WriteFileRequest request) {
            take(() -> {
                switch (request.getPartCase()) {
                    case HEADER -> {
                        path = request.getHeader().getPath();
                        file = IncomingFile.begin(
                                vfs(path), path.getPath(), request.getHeader().getMode());
                    }
                    case DATA -> begun().write(request.getData().asReadOnlyByteBuffer());
                    case PART_NOT_SET -> {
                        // A part of a newer client: what it does not understand it may not need.
                    }
                }
            });
        }

        @Override
        public void onCompleted() {
            take(() -> {
                long size = begun().finish();
                reply.onNext(WriteFileReply.newBuilder()
                        .setPath(path.getPath())
                        .setSizeBytes(size)
                        .build());
                reply.onCompleted();
            });
        }

        @Override
        public void onError(Throwable gone) {
            abandon();
        }

        private IncomingFile begun() throws Fault {
            if (file == null) {
                throw Fault.usage("file", "data before a header found", "use the quoin command of this version");
            }
            return file;
        }

        /** After a failure the caller has its answer, and what it still sends is dropped. */
        private void take(Step step) {
            if (failed) {
                return;
            }
            Calls.run(reply, () -> {
                try {
                    step.run();
                } catch (VfsException failure) {
                    abandon();
                    throw fault(path, failure);
                } catch (Fault | RuntimeException fault) {
                    abandon();
                    throw fault;
                }
            });
        }

        private void abandon() {
            failed = true;
            if (file != null) {
                try {
                    file.abandon();
                } catch (VfsException left) {
                    LOG.warn("a file that did not arrive whole was left behind path={}", path.getPath(), left);
                }
            }
        }
    }

    /** A part of an upload. */
    @FunctionalInterface
    private interface Step {
        void run() throws Fault, VfsException;
    }
}
