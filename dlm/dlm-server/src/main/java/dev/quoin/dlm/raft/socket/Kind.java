package dev.quoin.dlm.raft.socket;

import org.jspecify.annotations.Nullable;

/** What a frame is. The codes are part of the wire format. */
enum Kind {
    HELLO(1),
    WELCOME(2),
    REFUSED(3),
    VOTE(4),
    APPEND(5),
    SNAPSHOT(6),
    ELECT(7),
    FAILED(8);

    private static final Kind[] BY_CODE = new Kind[9];

    static {
        for (Kind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    final byte code;

    Kind(int code) {
        this.code = (byte) code;
    }

    /** The kind with that code, null if there is none. */
    static @Nullable Kind of(int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
