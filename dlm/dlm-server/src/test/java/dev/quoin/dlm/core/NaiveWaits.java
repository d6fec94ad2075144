package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Deadlocks by what they mean rather than by a graph: everybody who does not wait lets go of all that it holds, what can be granted then
 * is granted, and so on until nothing moves. Who still waits then waits for ever.
 */
final class NaiveWaits {

    /** A lock of the model, to be played with. */
    private static final class Piece {
        final NaiveModel.Lock lock;

        @Nullable LockMode granted;

        @Nullable LockMode wanted;

        long order;

        Piece(NaiveModel.Lock lock) {
            this.lock = lock;
            granted = lock.granted;
            wanted = lock.wanted;
            order = lock.order;
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private long nextOrder;

    private NaiveWaits(NaiveModel model) {
        model.locks.forEach(lock -> {
            pieces.add(new Piece(lock));
            nextOrder = Math.max(nextOrder, lock.order + 1);
        });
        pieces.sort((a, b) -> Long.compare(a.order, b.order));
    }

    /** The ids of the locks whose requests will never be granted. */
    static Set<Long> forEver(NaiveModel model) {
        NaiveWaits waits = new NaiveWaits(model);
        boolean moved = true;
        while (moved) {
            moved = waits.letGo();
            moved |= waits.grant();
        }
        Set<Long> ids = new HashSet<>();
        waits.pieces.forEach(piece -> {
            if (piece.wanted != null) {
                ids.add(piece.lock.id);
            }
        });
        return ids;
    }

    /** Whether some owner waits for two things at once: then a cycle can close only when one of them is granted. */
    static boolean anybodyWaitsTwice(NaiveModel model) {
        Set<List<Long>> owners = new HashSet<>();
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.wanted != null && lock.owner != 0 && !owners.add(List.of(lock.session, lock.owner))) {
                return true;
            }
        }
        return false;
    }

    /** Locks without a request of their own are given up by owners that do not wait. */
    private boolean letGo() {
        return pieces.removeIf(piece -> piece.wanted == null && (piece.lock.owner == 0 || !waits(piece)));
    }

    private boolean waits(Piece holder) {
        for (Piece other : pieces) {
            if (other.wanted != null
                    && other.lock.session == holder.lock.session
                    && other.lock.owner == holder.lock.owner) {
                return true;
            }
        }
        return false;
    }

    private boolean grant() {
        boolean moved = false;
        for (Piece head = ready(); head != null; head = ready()) {
            head.granted = head.wanted;
            head.wanted = null;
            head.order = nextOrder++;
            pieces.sort((a, b) -> Long.compare(a.order, b.order));
            moved = true;
        }
        return moved;
    }

    /** The head of some queue that nothing stands against. */
    private @Nullable Piece ready() {
        Set<String> seen = new HashSet<>();
        for (boolean converting : new boolean[] {true, false}) {
            for (Piece piece : pieces) {
                boolean queued = piece.wanted != null && (piece.granted != null) == converting;
                if (queued && seen.add(piece.lock.path) && fits(piece)) {
                    return piece;
                }
            }
        }
        return null;
    }

    private boolean fits(Piece asking) {
        LockMode wanted = asking.wanted;
        for (Piece other : pieces) {
            if (other != asking
                    && other.lock.path.equals(asking.lock.path)
                    && other.granted != null
                    && wanted != null
                    && !NaiveModel.compatible(other.granted, wanted)) {
                return false;
            }
        }
        return true;
    }
}
