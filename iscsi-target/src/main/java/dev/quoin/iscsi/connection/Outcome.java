package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.Sense;

/** How a SCSI command ended. */
sealed interface Outcome {

    /** A status without sense. */
    record Status(int status) implements Outcome {}

    /** GOOD, with this data, which is cut to what the initiator takes. */
    record Data(byte[] bytes) implements Outcome {}

    /** CHECK CONDITION. */
    record Check(Sense sense) implements Outcome {}
}
