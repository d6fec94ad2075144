package dev.quoin.tools.admin;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import org.jspecify.annotations.Nullable;

/** Carries a {@link Fault} over gRPC: a status that generic tools understand, and all of it in {@code quoin-fault-bin}. */
final class FaultCodec {

    /** The entry that carries the fault. */
    static final Metadata.Key<byte[]> KEY = Metadata.Key.of("quoin-fault-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private FaultCodec() {}

    static StatusException encode(Fault fault) {
        var trailers = new Metadata();
        trailers.put(
                KEY,
                dev.quoin.admin.proto.Fault.newBuilder()
                        .setExitCode(fault.code().number())
                        .setObject(fault.object())
                        .setMessage(fault.message())
                        .setNext(fault.next())
                        .build()
                        .toByteArray());
        return status(fault.code())
                .withDescription(fault.object() + ": " + fault.message())
                .asException(trailers);
    }

    /** The fault in what a call failed with, null if it carries none. */
    static @Nullable Fault decode(@Nullable Metadata trailers) {
        byte[] bytes = trailers == null ? null : trailers.get(KEY);
        if (bytes == null) {
            return null;
        }
        try {
            var fault = dev.quoin.admin.proto.Fault.parseFrom(bytes);
            return new Fault(ExitCode.of(fault.getExitCode()), fault.getObject(), fault.getMessage(), fault.getNext());
        } catch (InvalidProtocolBufferException notOurs) {
            return null;
        }
    }

    private static Status status(ExitCode code) {
        return switch (code) {
            case USAGE -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT -> Status.FAILED_PRECONDITION;
            case NO_QUORUM -> Status.UNAVAILABLE;
            case OUTCOME_UNKNOWN -> Status.UNKNOWN;
            case REFUSED -> Status.PERMISSION_DENIED;
            case INTERRUPTED -> Status.CANCELLED;
            case BUG -> Status.INTERNAL;
            case DONE, FAILED, DEGRADED, CRITICAL -> Status.ABORTED;
        };
    }
}
