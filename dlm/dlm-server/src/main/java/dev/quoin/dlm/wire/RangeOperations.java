package dev.quoin.dlm.wire;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.core.Operation;
import dev.quoin.dlm.proto.ListRanges;
import dev.quoin.dlm.proto.RangeKind;
import dev.quoin.dlm.proto.SetRange;
import dev.quoin.dlm.proto.TestRange;
import org.jspecify.annotations.Nullable;

/** Makes the core's operations on byte ranges of messages. */
final class RangeOperations {

    private RangeOperations() {}

    static Operation set(SetRange set) {
        Operation.Malformed wrong = Operations.wrongName(set.getResource());
        if (wrong == null) {
            wrong = wrong(set.getOwner(), set.getStart(), set.getEnd(), set.getKindValue(), RangeKind.UNLOCK);
        }
        return wrong != null
                ? wrong
                : new Operation.SetRange(
                        set.getLockspace(),
                        ResourceName.of(set.getResource().toByteArray()),
                        set.getOwner(),
                        new ByteRange(set.getStart(), set.getEnd()),
                        kind(set.getKind()),
                        set.getWait());
    }

    static Operation test(TestRange test) {
        Operation.Malformed wrong = Operations.wrongName(test.getResource());
        if (wrong == null) {
            wrong = wrong(test.getOwner(), test.getStart(), test.getEnd(), test.getKindValue(), RangeKind.WRITE);
        }
        return wrong != null
                ? wrong
                : new Operation.TestRange(
                        test.getLockspace(),
                        ResourceName.of(test.getResource().toByteArray()),
                        test.getOwner(),
                        new ByteRange(test.getStart(), test.getEnd()),
                        test.getKind() == RangeKind.WRITE ? RangeLocks.Kind.WRITE : RangeLocks.Kind.READ);
    }

    static Operation list(ListRanges list) {
        Operation.Malformed wrong = Operations.wrongName(list.getResource());
        return wrong != null
                ? wrong
                : new Operation.ListRanges(
                        list.getLockspace(), ResourceName.of(list.getResource().toByteArray()));
    }

    private static Operation.@Nullable Malformed wrong(long owner, long start, long end, int kind, RangeKind last) {
        if (owner == 0) {
            return new Operation.Malformed("a range lock of owner 0 found: another number expected");
        }
        if (start < 0 || end < start) {
            return new Operation.Malformed("range from " + start + " to " + end + " found, 0 <= start <= end expected");
        }
        return kind < 0 || kind > last.getNumber()
                ? new Operation.Malformed(
                        "kind " + kind + " of a range lock found, 0 to " + last.getNumber() + " expected")
                : null;
    }

    private static RangeLocks.@Nullable Kind kind(RangeKind kind) {
        return switch (kind) {
            case READ -> RangeLocks.Kind.READ;
            case WRITE -> RangeLocks.Kind.WRITE;
            case UNLOCK, UNRECOGNIZED -> null;
        };
    }
}
