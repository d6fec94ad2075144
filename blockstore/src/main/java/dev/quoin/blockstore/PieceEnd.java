package dev.quoin.blockstore;

import org.jspecify.annotations.Nullable;

/** Who is told that a piece of a request has ended. */
interface PieceEnd {

    /** A piece has ended, with {@code why} if it failed. */
    void pieceEnded(@Nullable Throwable why);
}
