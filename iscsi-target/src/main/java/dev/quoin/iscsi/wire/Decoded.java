package dev.quoin.iscsi.wire;

/** What decoding a header gives: a PDU or the reason why it is none. */
public sealed interface Decoded permits Pdu, Malformed {}
