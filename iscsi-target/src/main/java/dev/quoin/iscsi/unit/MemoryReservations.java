package dev.quoin.iscsi.unit;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reservations of the targets of one process, in its memory. Joins and changes of a unit happen one after another. */
final class MemoryReservations implements ReservationStore {

    private final Map<String, Unit> units = new ConcurrentHashMap<>();

    @Override
    public Membership join(String unit, Member member) {
        return units.computeIfAbsent(unit, name -> new Unit()).join(member);
    }

    private static final class Unit {
        private final Set<Member> members = ConcurrentHashMap.newKeySet();
        private byte @Nullable [] kept;
        private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
        private volatile boolean settled = true;

        private Seat join(Member member) {
            CompletableFuture<Void> joined = next(() -> {
                boolean alone = members.isEmpty();
                members.add(member);
                return member.enforce(kept).thenRun(() -> {
                    byte[] instead = alone ? member.afterPowerLoss() : null;
                    if (instead != null) {
                        kept = instead;
                        member.enforce(kept);
                    }
                });
            });
            return new Seat(this, member, joined);
        }

        private synchronized CompletableFuture<Void> next(Supplier<CompletableFuture<Void>> step) {
            CompletableFuture<Void> done =
                    last.handle((nothing, failure) -> null).thenCompose(nothing -> step.get());
            last = done;
            return done;
        }

        private CompletableFuture<Void> change(Supplier<byte @Nullable []> decide) {
            return next(() -> {
                byte[] image = decide.get();
                if (image == null) {
                    return CompletableFuture.completedFuture(null);
                }
                kept = image;
                settled = false;
                return CompletableFuture.allOf(members.stream()
                                .map(member -> member.enforce(image))
                                .toArray(CompletableFuture[]::new))
                        .whenComplete((nothing, failure) -> settled = true);
            });
        }
    }

    private record Seat(Unit unit, Member member, CompletableFuture<Void> joined) implements Membership {
        @Override
        public boolean isCurrent() {
            return true;
        }

        @Override
        public boolean isSettled() {
            return unit.settled;
        }

        @Override
        public CompletableFuture<Void> change(Supplier<byte @Nullable []> decide) {
            return unit.change(decide);
        }

        @Override
        public void leave() {
            unit.members.remove(member);
        }
    }
}
