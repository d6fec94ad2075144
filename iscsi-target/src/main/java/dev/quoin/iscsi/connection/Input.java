package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Framer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What a connection has received: one large buffer, filled by as few reads as possible, in which PDUs are looked at in place.
 * Belongs to the connection's thread.
 */
final class Input {

    /** The size of the buffer in bytes; it holds the longest PDU several times. */
    static final int BUFFER_BYTES = 1 << 20;

    /** Below this room at the end the rest is moved to the front before the next read. */
    private static final int ROOM_MIN = 64 << 10;

    private final ReadableByteChannel channel;
    private final ByteBuffer buffer;
    private final Framer framer;
    private int start;
    private int end;

    /** An empty input; the buffer must hold more than the longest PDU that the framer lets pass. */
    Input(ReadableByteChannel channel, ByteBuffer buffer, Framer framer) {
        if (buffer.capacity() < framer.longest()) {
            throw new IllegalArgumentException(
                    "a buffer of " + buffer.capacity() + " found, at least " + framer.longest() + " expected");
        }
        this.channel = channel;
        this.buffer = buffer;
        this.framer = framer;
    }

    /**
     * Reads once.
     *
     * @return the bytes read; 0 if there are none now, -1 at the end of the stream
     */
    int fill() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (buffer.capacity() - end < ROOM_MIN || start + framer.needed() > buffer.capacity()) {
            buffer.limit(end).position(start);
            buffer.compact();
            end -= start;
            start = 0;
        }
        buffer.limit(buffer.capacity()).position(end);
        int count = channel.read(buffer);
        buffer.clear();
        end += Math.max(0, count);
        return count;
    }

    /** Whether the last read left no room, so that more may wait in the socket. */
    boolean full() {
        return end == buffer.capacity();
    }

    /** Looks for the next PDU; it is described by the framer. */
    Framer.Result next() {
        return framer.next(buffer, start, end);
    }

    /** Steps over the PDU that was found. */
    void consume() {
        start += framer.length();
    }

    /** Whether bytes follow the PDU that was found. */
    boolean moreBehind() {
        return end - start > framer.length();
    }

    ByteBuffer buffer() {
        return buffer;
    }
}
