package dev.quoin.dlm.core;

import dev.quoin.dlm.api.Registry.Change;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last registry changes, for watches that resume. It is no part of the replicated state: a replica that starts from a
 * snapshot has a shorter one.
 */
final class ChangeHistory {

    private final ArrayDeque<Change> changes = new ArrayDeque<>();
    private long bytes;

    /** All changes of later revisions are known. */
    private long complete;

    ChangeHistory(long revision) {
        complete = revision;
    }

    void add(Change change) {
        changes.addLast(change);
        bytes += size(change);
        while (changes.size() > Limits.HISTORY_CHANGES_MAX || bytes > Limits.HISTORY_BYTES_MAX) {
            Change oldest = changes.removeFirst();
            bytes -= size(oldest);
            complete = oldest.revision();
        }
    }

    /** The changes under {@code prefix} from revision {@code from} on, or null if not all of them are known. */
    @Nullable List<Change> since(String prefix, long from) {
        if (from <= complete) {
            return null;
        }
        List<Change> found = new ArrayList<>();
        for (Change change : changes) {
            if (change.revision() >= from && change.key().startsWith(prefix)) {
                found.add(change);
            }
        }
        return found;
    }

    private static long size(Change change) {
        byte[] value = change.value();
        return 2L * change.key().length() + (value == null ? 0 : value.length);
    }
}
