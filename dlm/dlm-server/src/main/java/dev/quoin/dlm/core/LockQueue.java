package dev.quoin.dlm.core;

import org.jspecify.annotations.Nullable;

/** A list of locks in order of arrival; each lock is in at most one such list, through its own links. */
final class LockQueue {

    @Nullable LockState head;

    private @Nullable LockState tail;
    int size;

    @Nullable LockState tail() {
        return tail;
    }

    boolean isEmpty() {
        return head == null;
    }

    void add(LockState lock) {
        lock.queue = this;
        lock.previous = tail;
        lock.next = null;
        if (tail == null) {
            head = lock;
        } else {
            tail.next = lock;
        }
        tail = lock;
        size++;
    }

    void remove(LockState lock) {
        if (lock.queue != this) {
            throw new IllegalStateException("lock " + lock.id + " is in another queue");
        }
        if (lock.previous == null) {
            head = lock.next;
        } else {
            lock.previous.next = lock.next;
        }
        if (lock.next == null) {
            tail = lock.previous;
        } else {
            lock.next.previous = lock.previous;
        }
        lock.queue = null;
        lock.previous = null;
        lock.next = null;
        size--;
    }
}
