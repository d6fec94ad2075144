package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Bhs;
import java.nio.ByteBuffer;

/**
 * The SCSI Command PDU that a connection looks at, read in place. One instance is moved from PDU to PDU and never kept: what
 * a task needs later is copied. Belongs to the connection's thread.
 */
final class Arrival {

    private ByteBuffer in = ByteBuffer.allocate(0);
    private int header;
    private int dataAt;
    private int dataLength;

    /** Looks at another PDU. */
    void moveTo(ByteBuffer newIn, int newHeader, int newDataAt, int newDataLength) {
        in = newIn;
        header = newHeader;
        dataAt = newDataAt;
        dataLength = newDataLength;
    }

    ByteBuffer in() {
        return in;
    }

    int header() {
        return header;
    }

    /** Where the immediate data starts. */
    int dataAt() {
        return dataAt;
    }

    /** The length of the immediate data in bytes. */
    int dataLength() {
        return dataLength;
    }

    int tag() {
        return Bhs.initiatorTaskTag(in, header);
    }

    /** Whether the command takes a place in the window. */
    boolean counted() {
        return !Bhs.immediate(in, header);
    }

    /** Whether no unsolicited Data-Out follows. */
    boolean isFinal() {
        return Bhs.isFinal(in, header);
    }

    /** In which order the command runs with others. */
    Task.Order order() {
        return Task.Order.of(Bhs.flags(in, header) & Bhs.ATTRIBUTE_MASK);
    }

    boolean readFlag() {
        return (Bhs.flags(in, header) & Bhs.FLAG_READ) != 0;
    }

    boolean writeFlag() {
        return (Bhs.flags(in, header) & Bhs.FLAG_WRITE) != 0;
    }

    /** The bytes that the initiator expects to move, in whatever direction; 0 without a direction. */
    long expected() {
        return readFlag() || writeFlag() ? Bhs.expectedLength(in, header) : 0;
    }

    /** The bytes that the initiator expects to receive. */
    long expectedIn() {
        return readFlag() ? Bhs.expectedLength(in, header) : 0;
    }

    /** The bytes that the initiator expects to send. */
    long expectedOut() {
        return writeFlag() ? Bhs.expectedLength(in, header) : 0;
    }

    /** Where the command block starts. */
    int cdbAt() {
        return header + 32;
    }
}
