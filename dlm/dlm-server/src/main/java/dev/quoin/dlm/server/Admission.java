package dev.quoin.dlm.server;

import dev.quoin.dlm.proto.NotAllowed;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.security.AccessList;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What clients may ask, by the identity in their certificates. The leader decides before an operation gets into the log, where one that is
 * not allowed leaves {@link NotAllowed} in its place. Any thread may use it.
 */
final class Admission {

    /** What it asks of the state. */
    interface State {
        /** The name of a lockspace, null if there is none of that number. */
        @Nullable String lockspace(int id);

        /** The node of a session, null if there is no such session. */
        @Nullable String node(long session);
    }

    private static final int NAME_SHOWN_MAX = 64;

    private final AccessList access;
    private final State state;

    /** A lockspace keeps its number for good. */
    private final Map<Integer, String> lockspaces = new ConcurrentHashMap<>();

    Admission(AccessList access, State state) {
        this.access = access;
        this.state = state;
    }

    /** Why the session is not opened in that name, or null. */
    @Nullable String refusesOpen(Caller caller, String node) {
        Identity who = caller.identity();
        return who == null || who.mayBe(node)
                ? null
                : "node name " + shown(node) + " asked for by " + who + ", " + who.name() + " or one that begins with "
                        + who.name() + "/ expected";
    }

    /** Why the session is not continued over that connection, or null. */
    @Nullable String refusesAttach(Caller caller, long session) {
        Identity who = caller.identity();
        if (who == null || who.role() != Role.NODE) {
            return null;
        }
        String node = state.node(session);
        return node == null || who.mayBe(node) ? null : "session " + session + " is not one of " + who;
    }

    /** The frame with the operations that are allowed. */
    SessionFrame screened(Caller caller, SessionFrame frame) {
        Identity who = caller.identity();
        if (who == null || who.role() != Role.NODE) {
            return frame;
        }
        SessionFrame.Builder changed = null;
        for (int i = 0; i < frame.getOperationsCount(); i++) {
            Operation operation = frame.getOperations(i);
            String reason = refuses(who, operation);
            if (reason != null) {
                changed = changed == null ? frame.toBuilder() : changed;
                changed.setOperations(
                        i,
                        Operation.newBuilder()
                                .setSequence(operation.getSequence())
                                .setNotAllowed(NotAllowed.newBuilder().setReason(reason)));
            }
        }
        return changed == null ? frame : changed.build();
    }

    private @Nullable String refuses(Identity who, Operation operation) {
        return switch (operation.getKindCase()) {
            case OPEN_LOCKSPACE -> refuses(who, operation.getOpenLockspace().getName());
            case ACQUIRE -> refuses(who, operation.getAcquire().getLockspace());
            case ACQUIRE_MANY -> refuses(who, operation.getAcquireMany().getLockspace());
            case ADOPT -> refuses(who, operation.getAdopt().getLockspace());
            case SET_RANGE -> refuses(who, operation.getSetRange().getLockspace());
            case TEST_RANGE -> refuses(who, operation.getTestRange().getLockspace());
            case LIST_RANGES -> refuses(who, operation.getListRanges().getLockspace());
            case LIST_LOCKS -> refuses(who, operation.getListLocks().getLockspace());
            case DECLARE_RECOVERED ->
                refuses(who, operation.getDeclareRecovered().getLockspace());
            case DECLARE_FENCED ->
                refusesFenced(who, operation.getDeclareFenced().getEnded());
            case BREAK_LOCK -> "breaking a lock asked for by " + who + ", operator or peer expected";
            // On locks that the session holds, on what it may only look at, or on the registry.
            case CONVERT,
                    RELEASE,
                    CANCEL,
                    COMMIT,
                    GET,
                    RANGE,
                    WATCH,
                    LIST_SESSIONS,
                    LIST_LOCKSPACES,
                    LIST_WAITS,
                    FIND_DEADLOCKS,
                    END_SESSION,
                    NOT_ALLOWED,
                    KIND_NOT_SET -> null;
        };
    }

    private @Nullable String refuses(Identity who, int id) {
        String name = lockspaces.get(id);
        if (name == null) {
            name = state.lockspace(id);
            if (name == null) {
                return null;
            }
            lockspaces.put(id, name);
        }
        return refuses(who, name);
    }

    private @Nullable String refuses(Identity who, String lockspace) {
        return access.allows(who, lockspace)
                ? null
                : "lockspace " + shown(lockspace) + " is not allowed to " + who
                        + ": add it to the access list of every peer";
    }

    /** A name that a client has chosen, which may be of any length. */
    private static String shown(String name) {
        return name.length() <= NAME_SHOWN_MAX ? name : name.substring(0, NAME_SHOWN_MAX) + "...";
    }

    /** That it is cut off, a node can say of what was its own: it has started anew since. */
    private @Nullable String refusesFenced(Identity who, long session) {
        String node = state.node(session);
        return node == null || who.mayBe(node)
                ? null
                : "session " + session + " of " + node + " declared fenced by " + who + ", operator or peer expected";
    }
}
