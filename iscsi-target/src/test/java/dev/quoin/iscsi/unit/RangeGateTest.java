package dev.quoin.iscsi.unit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Proves who may be in a range with whom, and that nobody is forgotten. */
class RangeGateTest {

    private final RangeGate gate = new RangeGate();

    private static boolean isIn(CompletableFuture<RangeGate.Pass> pass) {
        return pass.isDone();
    }

    @Test
    void plainWrites_doNotWaitForEachOther() {
        assertThat(isIn(gate.enter(0, 10, false))).isTrue();
        assertThat(isIn(gate.enter(5, 10, false))).isTrue();
        assertThat(gate.tryEnter(0, 100)).isNotNull();
    }

    @Test
    void exclusive_waitsForWritesInItsRange_andHoldsUpLaterOnes() {
        CompletableFuture<RangeGate.Pass> write = gate.enter(0, 10, false);
        CompletableFuture<RangeGate.Pass> compare = gate.enter(8, 4, true);
        CompletableFuture<RangeGate.Pass> elsewhere = gate.enter(20, 4, true);
        CompletableFuture<RangeGate.Pass> later = gate.enter(10, 10, false);
        assertThat(isIn(compare)).isFalse();
        assertThat(isIn(elsewhere)).isTrue();
        assertThat(isIn(later)).isFalse();
        assertThat(gate.tryEnter(11, 1)).isNull();
        assertThat(gate.tryEnter(12, 1)).isNotNull();
        gate.leave(write.join());
        assertThat(isIn(compare)).isTrue();
        assertThat(isIn(later)).isFalse();
        gate.leave(compare.join());
        assertThat(isIn(later)).isTrue();
    }

    private record Stay(long start, long end, boolean exclusive, CompletableFuture<RangeGate.Pass> pass) {}

    private static boolean clash(Stay one, Stay other) {
        return one.pass().isDone()
                && other.pass().isDone()
                && (one.exclusive() || other.exclusive())
                && one.start() < other.end()
                && other.start() < one.end();
    }

    @Test
    void anyOrder_keepsExclusivesAlone_andLetsAllIn() {
        Property.forAll(200, random -> {
            RangeGate some = new RangeGate();
            List<Stay> stays = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                if (random.nextInt(3) > 0) {
                    long start = random.nextInt(30);
                    long length = random.nextLong(1, 9);
                    boolean exclusive = random.nextInt(3) == 0;
                    stays.add(new Stay(start, start + length, exclusive, some.enter(start, length, exclusive)));
                } else {
                    stays.stream()
                            .filter(stay -> stay.pass().isDone())
                            .findAny()
                            .ifPresent(stay -> {
                                stays.remove(stay);
                                some.leave(stay.pass().join());
                            });
                }
                for (int one = 0; one < stays.size(); one++) {
                    for (int other = 0; other < one; other++) {
                        assertThat(clash(stays.get(one), stays.get(other))).isFalse();
                    }
                }
            }
            while (!stays.isEmpty()) {
                Stay in = stays.stream()
                        .filter(stay -> stay.pass().isDone())
                        .findFirst()
                        .orElseThrow();
                stays.remove(in);
                some.leave(in.pass().join());
            }
            assertThat(some.tryEnter(0, 100)).isNotNull();
        });
    }
}
