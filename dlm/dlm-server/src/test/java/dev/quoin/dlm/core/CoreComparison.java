package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.ValueBlock;
import java.util.Map;
import java.util.TreeMap;

/** That a core and the model have the same locks, values, sessions and ranges. */
final class CoreComparison {

    private CoreComparison() {}

    static void check(LockCore core, NaiveModel model) {
        if (core.locks.locks.size() != model.locks.size()
                || !model.locks.stream().allMatch(l -> same(core, model, l))) {
            assertThat(describe(core)).isEqualTo(describe(model));
            throw new AssertionError("locks differ in their parents: " + describe(core));
        }
        assertThat(core.sessions.keySet()).isEqualTo(model.sessions.keySet());
        model.sessions.forEach((id, session) -> {
            SessionState found = core.sessions.get(id);
            assertThat(!found.ended).as("session %s alive", id).isEqualTo(session.alive);
            assertThat(found.fenced).as("session %s fenced", id).isEqualTo(session.fenced);
            found.broken.forEach(lock -> assertThat(model.broken).contains(java.util.List.of(id, lock)));
        });
        assertThat(core.sessions.values().stream()
                        .mapToInt(s -> s.broken.size())
                        .sum())
                .isEqualTo(model.broken.size());
        assertThat(ranges(core)).isEqualTo(model.ranges.picture());
        int waiting = 0;
        for (LockspaceState space : core.locks.spaces) {
            for (RangeFile file : space.rangeFiles.values()) {
                waiting += file.waiting.size();
            }
        }
        assertThat(waiting).as("requests for ranges that wait").isEqualTo(model.ranges.waiters.size());
    }

    private static boolean same(LockCore core, NaiveModel model, NaiveModel.Lock lock) {
        LockState found = core.locks.locks.get(lock.id);
        return found != null
                && found.session.id == lock.session
                && found.granted == lock.granted
                && found.wanted == lock.wanted
                && found.token == lock.token
                && found.owner == lock.owner
                && (found.parent == null ? 0 : found.parent.id) == (lock.parent == null ? 0 : lock.parent.id)
                && path(found.resource).equals(lock.path)
                && found.resource.value.equals(model.values.getOrDefault(lock.path, ValueBlock.EMPTY));
    }

    static String path(Resource resource) {
        return (resource.parent == null ? Integer.toString(resource.space.id) : path(resource.parent)) + "/"
                + resource.name;
    }

    private static Map<Long, String> describe(LockCore core) {
        Map<Long, String> all = new TreeMap<>();
        core.locks
                .locks
                .values()
                .forEach(l -> all.put(
                        l.id,
                        path(l.resource) + " " + l.session.id + " " + l.owner + " " + l.granted + " " + l.wanted + " "
                                + l.token + " " + l.resource.value));
        return all;
    }

    private static Map<Long, String> describe(NaiveModel model) {
        Map<Long, String> all = new TreeMap<>();
        model.locks.forEach(l -> all.put(
                l.id,
                l.path + " " + l.session + " " + l.owner + " " + l.granted + " " + l.wanted + " " + l.token + " "
                        + model.values.getOrDefault(l.path, ValueBlock.EMPTY)));
        return all;
    }

    private static Map<String, NaiveRanges.Grip> ranges(LockCore core) {
        Map<String, NaiveRanges.Grip> picture = new TreeMap<>();
        for (LockspaceState space : core.locks.spaces) {
            space.rangeFiles.forEach((name, file) -> {
                for (RangeFile.Held held : file.held) {
                    int last = NaiveRanges.cell(held.range().end());
                    for (int i = NaiveRanges.cell(held.range().start()); i <= last; i++) {
                        NaiveRanges.Grip before = picture.put(
                                NaiveRanges.key(space.id + "/" + name, i, held.session().id, held.owner()),
                                new NaiveRanges.Grip(held.kind(), held.token()));
                        assertThat(before)
                                .as("an owner's ranges overlap at %s", i)
                                .isNull();
                    }
                }
            });
        }
        return picture;
    }
}
