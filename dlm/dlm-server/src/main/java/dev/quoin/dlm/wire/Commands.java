package dev.quoin.dlm.wire;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.SessionFrame;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.function.Consumer;

/** Makes the core's commands of log commands. */
public final class Commands {

    /** Bytes in a nonce. */
    public static final int NONCE_LENGTH = 16;

    private Commands() {}

    /** Gives the commands that {@code message} stands for to {@code to}, in order. */
    public static void read(LogCommand message, Consumer<Command> to) {
        switch (message.getKindCase()) {
            case SESSION -> session(message.getSession(), to);
            case OPEN -> to.accept(open(message.getOpen()));
            case EXPIRE -> to.accept(new Command.ExpireSession(message.getExpire()));
            case BREAK_DEADLOCK ->
                to.accept(new Command.BreakDeadlock(
                        message.getBreakDeadlock().getLock(),
                        message.getBreakDeadlock().getTicket()));
            case FENCED -> to.accept(new Command.Fenced(message.getFenced()));
            case KIND_NOT_SET ->
                throw new IllegalStateException(
                        "a log command without a known kind: the log was written by a newer version, update this peer");
        }
    }

    private static Command.OpenSession open(OpenSession open) {
        return new Command.OpenSession(
                nonce(open.getNonce()),
                open.getNode(),
                open.getSupersede(),
                Integer.toUnsignedLong(open.getLeaseMillis()));
    }

    /** The nonce of these bytes; missing ones are 0. */
    public static UUID nonce(ByteString bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(NONCE_LENGTH);
        bytes.substring(0, Math.min(bytes.size(), NONCE_LENGTH)).copyTo(buffer);
        return new UUID(buffer.getLong(0), buffer.getLong(8));
    }

    /** The bytes of a nonce. */
    public static ByteString nonce(UUID nonce) {
        ByteBuffer buffer = ByteBuffer.allocate(NONCE_LENGTH)
                .putLong(nonce.getMostSignificantBits())
                .putLong(nonce.getLeastSignificantBits());
        return ByteString.copyFrom(buffer.flip());
    }

    private static void session(SessionFrame frame, Consumer<Command> to) {
        long session = frame.getSession();
        if (frame.getAttach()) {
            to.accept(new Command.Attach(session));
        }
        if (frame.getAckedThrough() != 0 || frame.getAckedCount() != 0) {
            long[] acked = new long[frame.getAckedCount()];
            for (int i = 0; i < acked.length; i++) {
                acked[i] = frame.getAcked(i);
            }
            to.accept(new Command.Acknowledge(session, frame.getAckedThrough(), acked));
        }
        for (Operation operation : frame.getOperationsList()) {
            to.accept(new Command.Perform(session, operation.getSequence(), Operations.read(operation)));
        }
    }
}
