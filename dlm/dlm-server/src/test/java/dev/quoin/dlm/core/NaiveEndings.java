package dev.quoin.dlm.core;

import dev.quoin.dlm.api.SessionEndPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** What becomes of the locks of sessions that end, written a second time: the part of {@link NaiveModel} about time and death. */
final class NaiveEndings {

    private final NaiveModel model;

    NaiveEndings(NaiveModel model) {
        this.model = model;
    }

    /** A session ends: {@code clean} if it closes, which leaves nothing half done, otherwise because its lease ran out. */
    void end(long id, boolean clean) {
        model.session(id).alive = false;
        model.broken.removeIf(lock -> lock.getFirst() == id);
        model.ranges.waiters.removeIf(waiter -> waiter.owner().session() == id);
        letGo(id, clean, space -> clean || model.policies.get(space) == SessionEndPolicy.RELEASE);
    }

    void fence(long id) {
        model.session(id).fenced = true;
        letGo(id, false, space -> model.policies.get(space) != SessionEndPolicy.HOLD_UNTIL_RECOVERED);
    }

    void recover(long id, int recovered) {
        letGo(id, false, space -> space == recovered);
    }

    /** Takes from a session what it has in the lockspaces that let it go. */
    private void letGo(long id, boolean clean, IntPredicate lets) {
        List<NaiveModel.Lock> theirs = new ArrayList<>();
        for (NaiveModel.Lock lock : model.locks) {
            if (lock.session == id) {
                theirs.add(lock);
            }
        }
        theirs.sort((a, b) -> Long.compare(a.id, b.id));
        List<String> touched = new ArrayList<>();
        for (NaiveModel.Lock lock : theirs) {
            if (lock.wanted != null) {
                model.unwait(lock, null);
                touch(lock.path, touched);
            }
            if (lock.granted == null || !lets.test(lock.space)) {
                continue;
            }
            touch(lock.path, touched);
            if (!clean && lock.writes()) {
                model.values.put(lock.path, model.value(lock).invalidated());
            }
            if (lock.persistent) {
                lock.session = NaiveModel.ORPHAN;
                lock.owner = 0;
            } else {
                model.locks.remove(lock);
            }
        }
        touched.forEach(model::serve);
        for (String file : model.ranges.filesOf(id)) {
            if (lets.test(Integer.parseInt(file.substring(0, file.indexOf('/'))))) {
                model.ranges.drop(id, file);
                model.serveRanges(file);
            }
        }
        forgetEmptySessions();
    }

    private static void touch(String path, List<String> touched) {
        if (!touched.contains(path)) {
            touched.add(path);
        }
    }

    /** An ended session that holds nothing any more is forgotten. */
    void forgetEmptySessions() {
        model.sessions
                .entrySet()
                .removeIf(entry -> !entry.getValue().alive
                        && model.locks.stream().noneMatch(lock -> lock.session == entry.getKey())
                        && !model.ranges.holds(entry.getKey()));
    }
}
