package dev.quoin.dlm.raft.socket;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What both ends say first.
 *
 * @param group that the sender belongs to
 * @param sender its name
 * @param receiver the name of the one it believes to speak to
 */
record Greeting(UUID group, String sender, String receiver) {

    private static final int NAME_MAX = 255;

    byte[] encode() {
        byte[] from = name(sender);
        byte[] to = name(receiver);
        return ByteBuffer.allocate(2 * Long.BYTES + 2 + from.length + to.length)
                .putLong(group.getMostSignificantBits())
                .putLong(group.getLeastSignificantBits())
                .put((byte) from.length)
                .put(from)
                .put((byte) to.length)
                .put(to)
                .array();
    }

    private static byte[] name(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > NAME_MAX) {
            throw new IllegalArgumentException(
                    "peer name of " + bytes.length + " bytes found, at most " + NAME_MAX + " expected");
        }
        return bytes;
    }

    static Greeting decode(byte[] payload) throws BadFrameException {
        try {
            ByteBuffer in = ByteBuffer.wrap(payload);
            Greeting greeting = new Greeting(new UUID(in.getLong(), in.getLong()), name(in), name(in));
            if (in.hasRemaining()) {
                throw new BadFrameException(in.remaining() + " bytes after the greeting found, none expected");
            }
            return greeting;
        } catch (BufferUnderflowException shortage) {
            throw new BadFrameException("greeting of " + payload.length + " bytes found, more expected", shortage);
        }
    }

    private static String name(ByteBuffer in) {
        byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
