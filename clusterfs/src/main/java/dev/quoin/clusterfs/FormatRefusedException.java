package dev.quoin.clusterfs;

import java.io.IOException;

/** A device that mkfs does not write on. Nothing was changed. */
public final class FormatRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Says what was found and what to do. */
    public FormatRefusedException(String message) {
        super(message);
    }
}
