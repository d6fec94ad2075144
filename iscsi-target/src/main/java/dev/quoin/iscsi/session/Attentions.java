package dev.quoin.iscsi.session;

import dev.quoin.iscsi.scsi.SenseCode;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The unit attention conditions of one session (SAM-5 5.14): told once per unit, oldest code of the enumeration first.
 *
 * <p>May be used by any thread. Each unit holds each code at most once, which bounds it.
 */
public final class Attentions {

    private final Map<Integer, EnumSet<SenseCode>> pending = new HashMap<>();
    private volatile boolean any;

    /** Whether a unit has something to tell; cheap. */
    public boolean any() {
        return any;
    }

    /** Adds a condition for a unit. A power-on condition stands for all that were there before. */
    public synchronized void add(int unit, SenseCode code) {
        pending.computeIfAbsent(unit, u -> EnumSet.noneOf(SenseCode.class)).add(code);
        any = true;
    }

    /** Takes the next condition of a unit, or null. */
    public synchronized @Nullable SenseCode take(int unit) {
        EnumSet<SenseCode> codes = pending.get(unit);
        if (codes == null) {
            return null;
        }
        SenseCode next = codes.iterator().next();
        codes.remove(next);
        if (codes.isEmpty()) {
            pending.remove(unit);
            any = !pending.isEmpty();
        }
        return next;
    }
}
