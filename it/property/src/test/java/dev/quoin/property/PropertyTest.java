package dev.quoin.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that a failing property names its seed, that a seed repeats its case, and that lists are shortened. */
class PropertyTest {

    @Test
    void forAll_holds_runsEverySeed() {
        List<Long> drawn = new ArrayList<>();

        Property.forAll(10, random -> drawn.add(random.nextLong()));

        assertThat(drawn).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void forAll_fails_namesTheSeed() {
        assertThatThrownBy(() -> Property.forAll(100, random -> {
                    if (random.nextInt(10) == 0) {
                        throw new IllegalStateException("zero drawn");
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageMatching("fails with -Dseed=\\d+: zero drawn");
    }

    @Test
    void random_sameSeed_sameValues() {
        assertThat(Property.random(7).longs(5).toArray())
                .isEqualTo(Property.random(7).longs(5).toArray());
    }

    @Test
    void forAllLists_fails_reportsTheShortestList() {
        assertThatThrownBy(() -> Property.forAllLists(5, Gen.ints(0, 9), 50, 100, values -> {
                    if (values.contains(3) && values.contains(7)) {
                        throw new IllegalStateException("3 and 7");
                    }
                }))
                .hasStackTraceContaining("fails with 2 operations");
    }

    @Test
    void longs_fullRange_staysInRange() {
        Gen<Long> gen = Gen.longs(Long.MAX_VALUE - 1, Long.MAX_VALUE);

        Property.forAll(50, random -> assertThat(gen.next(random)).isGreaterThanOrEqualTo(Long.MAX_VALUE - 1));
    }
}
