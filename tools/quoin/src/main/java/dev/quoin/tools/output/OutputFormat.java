package dev.quoin.tools.output;

/** The forms in which a command prints what it lists or shows. */
public enum OutputFormat {
    /** Columns for people. */
    TABLE,
    /** JSON of version {@code quoin/v1} for programs: sizes in bytes, times in RFC 3339. */
    JSON
}
