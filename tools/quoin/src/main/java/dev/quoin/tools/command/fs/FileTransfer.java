package dev.quoin.tools.command.fs;

import com.google.protobuf.ByteString;
import dev.quoin.admin.proto.AdminGrpc;
import dev.quoin.admin.proto.FileChunk;
import dev.quoin.admin.proto.FilePath;
import dev.quoin.admin.proto.ReadFileRequest;
import dev.quoin.admin.proto.WriteFileHeader;
import dev.quoin.admin.proto.WriteFileReply;
import dev.quoin.admin.proto.WriteFileRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Moves the content of a file between here and the node, with the flow control of gRPC. Blocking. */
final class FileTransfer {

    /** The bytes of one message. */
    private static final int CHUNK = 256 * 1024;

    private FileTransfer() {}

    /** Writes the file at {@code path} to {@code target}; returns its length in bytes. */
    static long download(AdminClient client, FilePath path, OutputStream target) throws Fault, IOException {
        try {
            return client.await(stub -> {
                BlockingClientCall<?, FileChunk> chunks =
                        stub.readFile(ReadFileRequest.newBuilder().setPath(path).build());
                return drain(chunks, target);
            });
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    private static long drain(BlockingClientCall<?, FileChunk> chunks, OutputStream target)
            throws StatusException, InterruptedException {
        long length = 0;
        try {
            for (FileChunk chunk = chunks.read(); chunk != null; chunk = chunks.read()) {
                chunk.getData().writeTo(target);
                length += chunk.getData().size();
            }
        } catch (IOException failure) {
            chunks.cancel("the target cannot be written", failure);
            throw new UncheckedIOException(failure);
        }
        return length;
    }

    /** Makes the file at {@code path} of what {@code source} gives; durable when it returns. */
    static WriteFileReply upload(AdminClient client, InputStream source, FilePath path, int mode)
            throws Fault, IOException {
        try {
            return client.await(stub -> send(stub, source, path, mode));
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    private static WriteFileReply send(AdminGrpc.AdminBlockingV2Stub stub, InputStream source, FilePath path, int mode)
            throws StatusException, InterruptedException {
        BlockingClientCall<WriteFileRequest, WriteFileReply> call = stub.writeFile();
        try {
            boolean open = call.write(WriteFileRequest.newBuilder()
                    .setHeader(WriteFileHeader.newBuilder().setPath(path).setMode(mode))
                    .build());
            byte[] buffer = new byte[CHUNK];
            for (int count = source.read(buffer); open && count >= 0; count = source.read(buffer)) {
                open = call.write(WriteFileRequest.newBuilder()
                        .setData(ByteString.copyFrom(buffer, 0, count))
                        .build());
            }
            call.halfClose();
        } catch (IOException failure) {
            call.cancel("the source cannot be read", failure);
            throw new UncheckedIOException(failure);
        }
        // A node that refuses the file ends the call early; its reason comes out of this read.
        WriteFileReply reply = call.read();
        if (reply == null) {
            throw new IllegalStateException("the node ended the call without a reply");
        }
        return reply;
    }

    /** What a user is told when the file on this side does not work. */
    static Fault localFault(String file, IOException failure) {
        return new Fault(
                ExitCode.FAILED,
                "local file " + file,
                "cannot be used: " + failure,
                "check its name, its permissions and the space",
                failure);
    }
}
