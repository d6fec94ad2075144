package dev.quoin.iscsi.session;

import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.unit.UnitState;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The logical units of a target by number. Immutable. */
public final class Units {

    /** The most units of one target. */
    public static final int UNITS_MAX = 1024;

    private static final int DIRECT = 256;

    private final TreeMap<Integer, ServedUnit> byNumber = new TreeMap<>();
    private final @Nullable ServedUnit[] direct = new ServedUnit[DIRECT];

    /**
     * Makes the table.
     *
     * @throws IllegalArgumentException for a number twice or too many units
     */
    public Units(List<ServedUnit> units) {
        if (units.size() > UNITS_MAX) {
            throw new IllegalArgumentException(
                    units.size() + " logical units found, at most " + UNITS_MAX + " expected");
        }
        for (ServedUnit unit : units) {
            if (byNumber.put(unit.number(), unit) != null) {
                throw new IllegalArgumentException(
                        "logical unit " + unit.number() + " found twice: give each its own number");
            }
            if (unit.number() < DIRECT) {
                direct[unit.number()] = unit;
            }
        }
    }

    /** The unit of a number, which may be any int, or null. */
    public @Nullable ServedUnit get(int number) {
        return number >= 0 && number < DIRECT ? direct[number] : byNumber.get(number);
    }

    /** Those that an initiator of this name in lower case may see; this table itself if it may see all. */
    public Units visibleTo(String initiator) {
        List<ServedUnit> visible = byNumber.values().stream()
                .filter(served -> served.unit().isFor(initiator))
                .toList();
        return visible.size() == byNumber.size() ? this : new Units(visible);
    }

    /** The numbers under which what everybody shares of a unit is to be had here. */
    public List<Integer> numbersOf(UnitState state) {
        return byNumber.values().stream()
                .filter(served -> served.state().equals(state))
                .map(ServedUnit::number)
                .toList();
    }

    /** All, in the order of their numbers. */
    public Collection<ServedUnit> all() {
        return byNumber.values();
    }
}
