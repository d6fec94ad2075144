package dev.quoin.raid;

import java.util.ArrayDeque;

/**
 * The space of one member's journal ring. Parts are contiguous: one that does not fit before the end begins at offset 0.
 *
 * <p>Guarded by the lock of the {@link Journal}.
 */
final class Ring {

    private record Slot(long sequence, long offset, long consumed) {}

    private final long length;
    private final ArrayDeque<Slot> slots = new ArrayDeque<>();
    private long head;
    private long used;

    Ring(long length) {
        this.length = length;
    }

    /** Takes space for a part; -1 if there is none until {@link #release}. */
    long reserve(long sequence, int bytes) {
        if (!fits(bytes)) {
            return -1;
        }
        long waste = waste(bytes);
        long offset = head + bytes > length ? 0 : head;
        slots.add(new Slot(sequence, offset, waste + bytes));
        used += waste + bytes;
        head = offset + bytes;
        return offset;
    }

    boolean fits(int bytes) {
        return used + waste(bytes) + bytes <= length;
    }

    /** What is left unused before the end because the part does not fit there. */
    private long waste(int bytes) {
        return head + bytes > length ? length - head : 0;
    }

    /** Gives back the space of all batches up to {@code settled}. */
    void release(long settled) {
        while (!slots.isEmpty() && slots.getFirst().sequence <= settled) {
            used -= slots.removeFirst().consumed;
        }
    }

    /** Where the first part behind {@code settled} begins. */
    long tailAfter(long settled) {
        for (Slot slot : slots) {
            if (slot.sequence > settled) {
                return slot.offset;
            }
        }
        return head == length ? 0 : head;
    }

    long used() {
        return used;
    }

    long length() {
        return length;
    }
}
