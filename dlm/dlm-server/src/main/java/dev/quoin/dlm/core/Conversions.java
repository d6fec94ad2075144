package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.LockWait;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the mode of a held lock.
 *
 * <ul>
 *   <li>A conversion is granted at once if its mode is compatible with all that others hold; with QUEUE_CONVERSION only if
 *       no conversion waits either.
 *   <li>A conversion deadlocks if the mode it holds is incompatible with what a conversion before it waits for: neither can go
 *       on. The later one is refused ({@code conversion_deadlock_detect} in {@code fs/dlm/lock.c}), or if it says so gives up the
 *       mode that it holds and waits on in NL (CONVDEADLK, SBF_DEMOTED).
 * </ul>
 */
final class Conversions {

    private final LockTable table;

    Conversions(LockTable table) {
        this.table = table;
    }

    void convert(SessionState session, long sequence, Operation.Convert operation) {
        LockState lock = session.locks.get(operation.lock());
        Result refusal = refusal(lock, operation);
        if (lock == null || refusal != null) {
            table.out.answer(session, sequence, refusal == null ? LockTable.notHeld(operation.lock()) : refusal);
            return;
        }
        Resource resource = lock.resource;
        LockMode mode = operation.mode();
        boolean queues = operation.queue() == Queue.QUEUE_CONVERSION && !resource.converting.isEmpty();
        if (!queues && resource.allows(mode, lock)) {
            table.changes.lock(lock);
            lock.leaves = operation.value();
            lock.owner = operation.owner();
            table.grant(lock, mode, sequence);
            table.serve(resource);
        } else if (LockTable.isDenied(operation.queue())) {
            table.deny(lock, mode, sequence, operation.queue());
        } else {
            enqueue(lock, sequence, operation);
        }
    }

    private void enqueue(LockState lock, long sequence, Operation.Convert operation) {
        Resource resource = lock.resource;
        LockState ahead = deadlockedWith(lock);
        if (ahead != null && !operation.demote()) {
            var asker = LockListing.info(lock, operation.mode());
            var other = LockListing.info(ahead);
            table.out.answer(
                    lock.session,
                    sequence,
                    new Result.Deadlock(List.of(new LockWait(asker, other), new LockWait(other, asker))));
            return;
        }
        table.changes.lock(lock);
        lock.leaves = operation.value();
        lock.owner = operation.owner();
        if (ahead != null) {
            resource.countHeld(lock.held(), -1);
            resource.countHeld(LockMode.NL, 1);
            lock.granted = LockMode.NL;
            // What the old token stood for is gone, whatever its client still believes.
            lock.token = table.nextToken++;
            lock.demoted = true;
            lock.leaves = null;
        }
        resource.granted.remove(lock);
        table.enqueue(lock, operation.mode(), sequence, resource.converting);
        if (ahead != null) {
            table.serve(resource);
        }
    }

    private static @Nullable Result refusal(@Nullable LockState lock, Operation.Convert operation) {
        if (lock == null || lock.granted == null) {
            return LockTable.notHeld(operation.lock());
        }
        if (lock.wanted != null) {
            return new Result.Refused(
                    Code.INVALID_REQUEST, "a conversion to " + lock.wanted + " waits: cancel it or wait for its end");
        }
        if (operation.queue() == Queue.EXPEDITE) {
            return new Result.Refused(Code.INVALID_REQUEST, "EXPEDITE found on a conversion: it is for new NL locks");
        }
        if (operation.value() != null
                && !(lock.granted.writesValueBlock() && lock.granted.convertsDownTo(operation.mode()))) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "a value block found on a conversion from " + lock.granted + " to " + operation.mode()
                            + ": only a conversion down from PW or EX leaves one");
        }
        return null;
    }

    /** The conversion ahead that waits for {@code lock}, which would have to wait for it in turn. */
    private static @Nullable LockState deadlockedWith(LockState lock) {
        LockMode held = lock.held();
        for (LockState ahead = lock.resource.converting.head; ahead != null; ahead = ahead.next) {
            if (!ahead.asked().isCompatibleWith(held)) {
                return ahead;
            }
        }
        return null;
    }
}
