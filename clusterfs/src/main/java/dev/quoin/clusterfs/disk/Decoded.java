package dev.quoin.clusterfs.disk;

/**
 * What bytes from the device turned out to be: a value, or proof that they cannot be trusted. Never an exception.
 *
 * @param <T> the type of the value
 */
public sealed interface Decoded<T> {

    /** The bytes are sound. */
    record Valid<T>(T value) implements Decoded<T> {}

    /**
     * The bytes are not what they should be.
     *
     * @param field the field that gave it away
     * @param detail what was found and what was expected
     */
    record Corrupt<T>(Reason reason, String field, String detail) implements Decoded<T> {
        /** The same finding about a value of another type. */
        public <R> Corrupt<R> retyped() {
            return new Corrupt<>(reason, field, detail);
        }

        @Override
        public String toString() {
            return reason + " in " + field + ": " + detail;
        }
    }

    /** Why bytes are not trusted. */
    enum Reason {
        /** Not a metadata block of this file system format at all. */
        BAD_MAGIC,
        /** The content does not match its CRC32C. */
        BAD_CHECKSUM,
        /** A block of another kind. */
        WRONG_TYPE,
        /** A format version or a feature that this program does not know. */
        UNKNOWN_FORMAT,
        /** A block of another file system. */
        WRONG_FILE_SYSTEM,
        /** A block that belongs at another address. */
        WRONG_ADDRESS,
        /** A block of another inode. */
        WRONG_OWNER,
        /** The checksum is right and a field is impossible. */
        BAD_FIELD
    }

    /** Makes a corrupt result from what was found and what was expected. */
    static <T> Corrupt<T> corrupt(Reason reason, String field, Object found, Object expected) {
        return new Corrupt<>(reason, field, found + " found, " + expected + " expected");
    }
}
