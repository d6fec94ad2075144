package dev.quoin.iscsi.wire;

/**
 * The header of a PDU as a value, for everything but the hot path.
 *
 * <p>Lengths of AHS and data are not part of it: the framing knows them. Reserved bits are dropped. Sequence numbers, tags and
 * other 32-bit fields are kept as the bits of an {@code int}; lengths and offsets, which are unsigned, as a {@code long}.
 */
public sealed interface Pdu extends Decoded permits Request, Response {

    /** See {@link Opcode}. */
    int opcode();

    /** The tag by which the initiator knows the task; {@link Bhs#TAG_NONE} if there is none. */
    int initiatorTaskTag();
}
