package dev.quoin.iscsi.wire;

/** Comparison of 32-bit sequence numbers that wrap (RFC 1982, RFC 7143 4.2.2). */
public final class SerialNumber {

    private SerialNumber() {}

    /** Whether {@code a} comes before {@code b}. */
    public static boolean before(int a, int b) {
        return a - b < 0;
    }

    /** Whether {@code number} lies from {@code low} to {@code high}, both included; false if {@code high} is before {@code low}. */
    public static boolean within(int number, int low, int high) {
        return !before(number, low) && !before(high, number);
    }
}
