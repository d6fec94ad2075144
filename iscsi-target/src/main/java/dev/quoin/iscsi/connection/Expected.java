package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.Sense;

/**
 * What the initiator expects to move with a command, for the residual counts (RFC 7143 11.4.5).
 *
 * @param bytes the expected data transfer length
 * @param read whether the initiator receives
 * @param residual the residual if the command ends well and without data to the initiator: positive for bytes not used,
 *     negative for bytes that did not fit
 * @param descriptorSense the format in which sense data is told
 */
record Expected(long bytes, boolean read, long residual, boolean descriptorSense) {

    /** For a command that moves nothing or data whose length the outcome tells. */
    static Expected of(long bytes, boolean read, boolean descriptorSense) {
        return new Expected(bytes, read, bytes, descriptorSense);
    }

    /** The bytes of sense data. */
    byte[] format(Sense sense) {
        return descriptorSense ? sense.descriptor() : sense.fixed();
    }
}
