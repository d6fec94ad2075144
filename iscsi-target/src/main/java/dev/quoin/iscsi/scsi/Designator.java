package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A name of a unit, a port or a group (SPC-4 7.8.6.1).
 *
 * @param codeSet 1 binary, 2 ASCII, 3 UTF-8
 * @param kind association in bits 4-5 (0 the unit), designator type in bits 0-3
 */
public record Designator(int codeSet, int kind, byte[] bytes) {

    private static final int NAA = 3;
    private static final int T10_VENDOR_ID = 1;

    /** The names of a unit: NAA and T10 vendor identification. */
    public static List<Designator> of(LogicalUnit unit) {
        UnitIdentity identity = unit.identity();
        String vendor = identity.vendor() + " ".repeat(8 - identity.vendor().length()) + identity.serial();
        return List.of(
                new Designator(
                        1,
                        NAA,
                        ByteBuffer.allocate(8)
                                .putLong(identity.locallyAssigned())
                                .array()),
                new Designator(2, T10_VENDOR_ID, vendor.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Whether it names the same; of a long name a target descriptor holds the beginning alone, which names nothing. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Designator that
                && codeSet == that.codeSet
                && kind == that.kind
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes) * 31 + kind;
    }
}
