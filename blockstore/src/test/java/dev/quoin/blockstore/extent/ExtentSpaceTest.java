package dev.quoin.blockstore.extent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Proves that no extent is handed out twice and that none that was used ever counts as fresh. */
class ExtentSpaceTest {

    @Test
    void space_randomTakesAndReleases_agreesWithASet() {
        Property.forAll(200, random -> {
            int total = 1 + random.nextInt(40);
            ExtentSpace space = new ExtentSpace(total, random.nextInt(total + 1));
            Set<Integer> everBelow = new HashSet<>();
            for (int i = 0; i < space.highWater(); i++) {
                everBelow.add(i);
            }
            Set<Integer> used = new HashSet<>();
            for (int step = 0; step < 300; step++) {
                if (random.nextInt(5) < 3) {
                    int highWater = space.highWater();
                    int extent = space.take();
                    if (used.size() == total) {
                        assertThat(extent).isEqualTo(ExtentSpace.NONE);
                    } else {
                        assertThat(extent).isBetween(0, total - 1);
                        assertThat(used.add(extent))
                                .as("extent %d was free", extent)
                                .isTrue();
                        assertThat(extent >= highWater)
                                .as("extent %d is fresh", extent)
                                .isEqualTo(everBelow.add(extent));
                    }
                } else if (!used.isEmpty()) {
                    List<Integer> all = new ArrayList<>(used);
                    int extent = all.get(random.nextInt(all.size()));
                    used.remove(extent);
                    space.release(extent);
                }
                assertThat(space.free()).isEqualTo(total - used.size());
            }
        });
    }

    @Test
    void mark_extentThatNoMapMayName_isRefused() {
        ExtentSpace space = new ExtentSpace(10, 5);

        assertThat(space.mark(4)).isTrue();
        assertThat(space.mark(4)).as("twice").isFalse();
        assertThat(space.mark(5)).as("fresh").isFalse();
        assertThat(space.mark(-1)).isFalse();
        assertThat(space.mark(10)).isFalse();
        assertThat(space.free()).isEqualTo(9);
    }

    @Test
    void release_ofAFreeExtent_isABug() {
        ExtentSpace space = new ExtentSpace(10, 5);

        assertThatThrownBy(() -> space.release(3)).isInstanceOf(IllegalStateException.class);
    }
}
