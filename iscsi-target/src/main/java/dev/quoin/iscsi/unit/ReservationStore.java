package dev.quoin.iscsi.unit;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Where persistent reservations are kept. Any thread may use it; nothing blocks. */
public interface ReservationStore {

    /**
     * What is kept for a unit.
     *
     * @param revision of its last save
     */
    record Kept(byte[] image, long revision) {}

    /** What is kept for a unit, if anything ever was. */
    CompletableFuture<Optional<Kept>> load(String unit);

    /**
     * Keeps something in place of what was kept.
     *
     * @param revision of what it replaces, 0 if nothing was kept
     * @return the new revision once it is durable; empty, and nothing has changed, if another save came before
     */
    CompletableFuture<OptionalLong> save(String unit, byte[] image, long revision);

    /** Keeps them as long as the process lives. */
    static ReservationStore inMemory() {
        return new ReservationStore() {
            private final Map<String, Kept> kept = new ConcurrentHashMap<>();
            private final AtomicLong revisions = new AtomicLong();

            @Override
            public CompletableFuture<Optional<Kept>> load(String unit) {
                return CompletableFuture.completedFuture(Optional.ofNullable(kept.get(unit)));
            }

            @Override
            public CompletableFuture<OptionalLong> save(String unit, byte[] image, long revision) {
                Kept next = new Kept(image, revisions.incrementAndGet());
                Kept now = kept.compute(
                        unit, (name, before) -> (before == null ? 0 : before.revision()) == revision ? next : before);
                return CompletableFuture.completedFuture(
                        next.equals(now) ? OptionalLong.of(next.revision()) : OptionalLong.empty());
            }
        };
    }
}
