package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.MetaBlock;

/**
 * Changes of metadata that become durable together or not at all.
 *
 * <p>The owner holds the cluster locks of all that it changes before it begins, waits for no lock in it, and calls {@link #commit} at its end.
 * Closed without, after changes were made, it withdraws the mount: what is in memory is then half done and must never be written.
 * One thread.
 */
public final class Transaction implements AutoCloseable {

    private final Journal journal;
    private final Group group;
    private final int credits;
    private boolean touched;
    private boolean finished;

    Transaction(Journal journal, Group group, int credits) {
        this.journal = journal;
        this.group = group;
        this.credits = credits;
    }

    /** The number of the group that this commits with. */
    public long group() {
        return group.id;
    }

    /** Notes that {@code block} is changed; to be called before the first change of its bytes. */
    public void change(MetaBlock block) {
        touched = true;
        journal.change(group, block);
    }

    /** Notes that {@code block} is freed: nothing of it is to be written or replayed any more. */
    public void forget(MetaBlock block) {
        touched = true;
        journal.forget(group, block);
    }

    /** Makes the group's commit write this data first. */
    public void order(FileData data) {
        journal.order(group, data);
    }

    /** Runs {@code action} on the committing thread once the group is durable; it must not block. */
    public void onDurable(Runnable action) {
        journal.onDurable(group, action);
    }

    /** Ends the transaction with all its changes made. Not durable yet. */
    public void commit() {
        finished = true;
    }

    @Override
    public void close() {
        journal.end(group, credits, touched && !finished);
    }
}
