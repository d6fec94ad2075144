package dev.quoin.dlm.client.session;

import dev.quoin.dlm.proto.Blocking;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** The locks that a session holds, as far as its client knows, and the news about them. Guarded by the session's lock. */
final class HeldLocks {

    private final Map<Long, HeldLock> held = new HashMap<>();
    private final Executor callbacks;

    HeldLocks(Executor callbacks) {
        this.callbacks = callbacks;
    }

    void add(HeldLock lock) {
        held.put(lock.id(), lock);
    }

    boolean remove(long lock) {
        return held.remove(lock) != null;
    }

    /** One for a grant that is not known (any more) is passed over: the servers repeat it with the answer that tells of the grant. */
    void blocking(Blocking blocking) {
        HeldLock found = held.get(blocking.getLock());
        Runnable call = found == null ? null : found.blocked(blocking);
        if (call != null) {
            callbacks.execute(call);
        }
    }

    /** The lock that was taken from the session is not held any more; its release lets the servers forget that they have to tell so. */
    void broken(long lock, List<Runnable> after) {
        HeldLock found = held.remove(lock);
        if (found != null) {
            after.add(found::lose);
        }
    }

    /** All are lost with the session. */
    void loseAll(List<Runnable> after) {
        List<HeldLock> all = new ArrayList<>(held.values());
        held.clear();
        all.forEach(lock -> after.add(lock::lose));
    }
}
