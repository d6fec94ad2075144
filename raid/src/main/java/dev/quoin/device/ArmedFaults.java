package dev.quoin.device;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The faults that wait for a request to meet them. Guarded by the lock of the power supply. */
final class ArmedFaults {

    private final List<Fault> faults = new ArrayList<>();

    void arm(Fault fault) {
        faults.add(fault);
    }

    void disarm() {
        faults.clear();
    }

    /** Blocks that were written anew can be read again. */
    void overwritten(long offset, long length) {
        faults.removeIf(fault -> fault.kind() == Fault.Kind.READ_ERROR && fault.coveredBy(offset, length));
    }

    /** Spends one shot of the first armed fault that the request meets; null if none does. */
    @Nullable Fault fires(Fault.Kind kind, long offset, long length) {
        for (int i = 0; i < faults.size(); i++) {
            Fault fault = faults.get(i);
            boolean met = kind == Fault.Kind.FLUSH_ERROR || fault.touches(offset, length);
            if (fault.kind() == kind && met) {
                Fault left = fault.spentOnce();
                if (left.times() == 0) {
                    faults.remove(i);
                } else {
                    faults.set(i, left);
                }
                return fault;
            }
        }
        return null;
    }
}
