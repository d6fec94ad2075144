package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one record; anything out of place is a {@link StateFormatException}. */
final class ByteReader {

    static final int NONE = 255;

    private final String what;
    private final ByteBuffer buffer;

    ByteReader(String what, byte[] bytes) {
        this.what = what;
        buffer = ByteBuffer.wrap(bytes);
    }

    StateFormatException malformed(String why) {
        return new StateFormatException(what + ": " + why
                + "; the snapshot is damaged or of a newer version: restore the peer from the others");
    }

    int u8() throws StateFormatException {
        return need(1).get() & 0xff;
    }

    boolean bool() throws StateFormatException {
        return switch (u8()) {
            case 0 -> false;
            case 1 -> true;
            default -> throw malformed("a flag other than 0 and 1 found");
        };
    }

    int i32() throws StateFormatException {
        return need(4).getInt();
    }

    long i64() throws StateFormatException {
        return need(8).getLong();
    }

    byte[] raw(int length) throws StateFormatException {
        byte[] bytes = new byte[length];
        need(length).get(bytes);
        return bytes;
    }

    byte[] bytes() throws StateFormatException {
        int length = i32();
        if (length < 0 || length > buffer.remaining()) {
            throw malformed("length " + length + " found, 0 to " + buffer.remaining() + " expected");
        }
        return raw(length);
    }

    byte[] rest() throws StateFormatException {
        return raw(buffer.remaining());
    }

    String text() throws StateFormatException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    @Nullable LockMode mode() throws StateFormatException {
        int ordinal = u8();
        if (ordinal == NONE) {
            return null;
        }
        if (ordinal >= Resource.MODES.length) {
            throw malformed("lock mode " + ordinal + " found");
        }
        return Resource.MODES[ordinal];
    }

    ValueBlock value() throws StateFormatException {
        boolean valid = bool();
        int length = u8();
        if (length > ValueBlock.LENGTH_MAX) {
            throw malformed("value block of " + length + " bytes found");
        }
        ValueBlock value = ValueBlock.of(raw(length));
        return valid ? value : value.invalidated();
    }

    /** The version that the record begins with, 1 to {@code newest}. */
    int version(int newest) throws StateFormatException {
        int found = u8();
        if (found < 1 || found > newest) {
            throw malformed("version " + found + " found, 1 to " + newest + " expected");
        }
        return found;
    }

    boolean hasMore() {
        return buffer.hasRemaining();
    }

    void end() throws StateFormatException {
        if (buffer.hasRemaining()) {
            throw malformed(buffer.remaining() + " bytes too many found");
        }
    }

    private ByteBuffer need(int bytes) throws StateFormatException {
        if (buffer.remaining() < bytes) {
            StateFormatException failure = malformed("the record ends too early");
            failure.initCause(new BufferUnderflowException());
            throw failure;
        }
        return buffer;
    }
}
