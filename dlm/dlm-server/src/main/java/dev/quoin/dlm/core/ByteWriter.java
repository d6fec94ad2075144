package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Builds one record, big-endian. */
final class ByteWriter {

    private ByteBuffer buffer = ByteBuffer.allocate(64);

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, Math.addExact(buffer.position(), bytes));
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), capacity)).position(buffer.position());
        }
        return buffer;
    }

    ByteWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    ByteWriter bool(boolean value) {
        return u8(value ? 1 : 0);
    }

    ByteWriter i32(int value) {
        room(4).putInt(value);
        return this;
    }

    ByteWriter i64(long value) {
        room(8).putLong(value);
        return this;
    }

    ByteWriter raw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /** A 4-byte length and that many bytes. */
    ByteWriter bytes(byte[] bytes) {
        return i32(bytes.length).raw(bytes);
    }

    ByteWriter text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The ordinal, or 255 for null. */
    ByteWriter mode(@Nullable LockMode mode) {
        return u8(mode == null ? ByteReader.NONE : mode.ordinal());
    }

    ByteWriter value(ValueBlock value) {
        byte[] bytes = value.bytes();
        return bool(value.isValid()).u8(bytes.length).raw(bytes);
    }

    byte[] done() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
