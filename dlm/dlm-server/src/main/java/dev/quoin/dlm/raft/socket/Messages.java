package dev.quoin.dlm.raft.socket;

import java.io.IOException;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** Reads Ratis' messages. */
final class Messages {

    private Messages() {}

    /** A message that shares the bytes of {@code payload}, which nobody may change any more. */
    static <M> M parse(Parser<M> parser, byte[] payload) throws IOException {
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(payload).newCodedInput();
        in.enableAliasing(true);
        try {
            M message = parser.parseFrom(in);
            in.checkLastTagWas(0);
            return message;
        } catch (InvalidProtocolBufferException damaged) {
            throw new BadFrameException("a payload of " + payload.length + " bytes is no such message", damaged);
        }
    }
}
