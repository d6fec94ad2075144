package dev.quoin.blockstore;

import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.DlmException;
import java.io.IOException;

/** A request to the block store that could not be done. */
public final class BlockStoreException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Why. The order is fixed: the numbers travel over wires; new codes are appended. */
    public enum Code {
        /** The name, size or option is not as it must be. */
        INVALID,
        /** There is no such array, pool or volume here. */
        NOT_FOUND,
        /** A pool or volume of this name exists. */
        EXISTS,
        /** It is open, owned by another node, or an array holds data already. */
        IN_USE,
        /** A count would pass its limit. */
        LIMIT_EXCEEDED,
        /** This node is no longer the owner of the pool: the lock or the session is lost. */
        FENCED,
        /** The lock manager has no majority or did not answer in time; nothing was changed. */
        NO_QUORUM,
        /** The answer was lost: the request may or may not have been carried out. */
        INDETERMINATE,
        /** A record or a label cannot be read or contradicts another one. */
        DAMAGED,
        /** An array failed. */
        DEVICE_FAILED,
        /** The store is closed. */
        CLOSED
    }

    private final Code code;

    /** Says what was found, what was expected and what to do next. */
    public BlockStoreException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** As the other constructor, with what caused it. */
    public BlockStoreException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Why. */
    public Code code() {
        return code;
    }

    static BlockStoreException of(String doing, DlmException cause) {
        Code code = switch (cause.code()) {
            case NO_QUORUM -> Code.NO_QUORUM;
            case SESSION_LOST -> Code.FENCED;
            case LIMIT_EXCEEDED -> Code.LIMIT_EXCEEDED;
            case INVALID_REQUEST, NOT_ALLOWED -> Code.INVALID;
            case NOT_FOUND -> Code.NOT_FOUND;
        };
        return new BlockStoreException(code, doing + ": " + cause.getMessage(), cause);
    }

    static BlockStoreException of(String doing, DeviceException cause) {
        return new BlockStoreException(Code.DEVICE_FAILED, doing + ": " + cause.getMessage(), cause);
    }
}
