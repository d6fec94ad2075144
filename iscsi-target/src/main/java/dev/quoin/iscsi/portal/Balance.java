package dev.quoin.iscsi.portal;

import java.util.List;

/**
 * Which portal of a group takes a login. Stateless.
 *
 * <p>A portal that is being drained takes none. Where logins are balanced, the portal with the fewest connections for its weight
 * takes it, and the one that the login came to if none is better; else the one that it came to.
 */
public final class Balance {

    /** No portal of the group takes logins. */
    public static final int NONE = -1;

    /**
     * A portal of the group.
     *
     * @param connections how many it has
     * @param weight 1 or more
     */
    public record Load(int connections, int weight, boolean draining) {}

    private Balance() {}

    /**
     * The portal that takes a login.
     *
     * @param here the place of the one that it came to
     * @param balanced whether another is chosen for having fewer connections
     * @return a place in the list, or {@link #NONE}
     */
    public static int choose(List<Load> portals, int here, boolean balanced) {
        boolean leaves = portals.get(here).draining();
        if (!leaves && !balanced) {
            return here;
        }
        int best = leaves ? NONE : here;
        for (int i = 0; i < portals.size(); i++) {
            if (!portals.get(i).draining() && (best == NONE || isBetter(portals.get(i), portals.get(best)))) {
                best = i;
            }
        }
        return best;
    }

    /** Whether one would have fewer connections for its weight than the other, each with one more. */
    public static boolean isBetter(Load one, Load other) {
        return (one.connections() + 1L) * other.weight() < (other.connections() + 1L) * one.weight();
    }
}
