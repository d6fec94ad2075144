package dev.quoin.iscsi.wire;

/**
 * Input that breaks the rules of its format.
 *
 * @param reason what kind of rule
 * @param field the field at fault, named as in the standard
 */
public record Malformed(Reason reason, String field) implements Decoded, ParsedKeys {

    /** The kind of rule that was broken. */
    public enum Reason {
        /** The input ends before the field does. */
        TRUNCATED,
        /** The field is longer than its limit. */
        TOO_LONG,
        /** There are more of it than the limit. */
        TOO_MANY,
        /** No such code is defined. */
        UNKNOWN_CODE,
        /** The value is outside the range of the field. */
        BAD_VALUE,
        /** This kind of PDU must not carry it. */
        NOT_ALLOWED,
        /** The checksum does not match. */
        BAD_DIGEST,
        /** The bytes are not text. */
        NOT_TEXT
    }
}
