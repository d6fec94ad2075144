package dev.quoin.dlm.api;

/**
 * The six lock modes of OpenVMS {@code $ENQ}, weakest first.
 *
 * <pre>
 * held \ asked  NL  CR  CW  PR  PW  EX
 *          NL    y   y   y   y   y   y
 *          CR    y   y   y   y   y   -
 *          CW    y   y   y   -   -   -
 *          PR    y   y   -   y   -   -
 *          PW    y   y   -   -   -   -
 *          EX    y   -   -   -   -   -
 * </pre>
 */
public enum LockMode {
    /** Null: no access, keeps the resource and its value block alive. */
    NL(0b111111),
    /** Concurrent read. */
    CR(0b011111),
    /** Concurrent write. */
    CW(0b000111),
    /** Protected read. */
    PR(0b001011),
    /** Protected write. */
    PW(0b000011),
    /** Exclusive. */
    EX(0b000001);

    private final int compatible;

    LockMode(int compatible) {
        this.compatible = compatible;
    }

    /** Whether this mode and {@code other} can be held on one resource at once. Symmetric. */
    public boolean isCompatibleWith(LockMode other) {
        return (compatible >> other.ordinal() & 1) != 0;
    }

    /** Whether a holder of this mode may write the value block when it converts down or releases. */
    public boolean writesValueBlock() {
        return this == PW || this == EX;
    }

    /**
     * Whether a conversion from this mode to {@code to} is granted at once whatever others hold: every mode that is compatible
     * with this one is compatible with {@code to} (Linux {@code fs/dlm/lock.c}, {@code down_conversion}).
     */
    public boolean convertsDownTo(LockMode to) {
        return (compatible & ~to.compatible) == 0;
    }
}
