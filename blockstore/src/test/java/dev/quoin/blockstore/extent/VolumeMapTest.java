package dev.quoin.blockstore.extent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that an extent is freed only when nobody uses it, and that nobody enters it afterwards. */
class VolumeMapTest {

    private final VolumeMap map = new VolumeMap(100, 16);

    @Test
    void enter_mappedAndUnmapped_givesWhatIsThere() {
        map.map(17, 0, false);
        map.map(99, Integer.MAX_VALUE - 2, true);

        assertThat(map.enter(16)).isEqualTo(VolumeMap.UNMAPPED);
        assertThat(map.enter(50)).isEqualTo(VolumeMap.UNMAPPED);
        assertThat(map.enter(17)).isZero();
        assertThat(map.enter(99)).isEqualTo(Integer.MAX_VALUE - 2);
        assertThat(map.extentOf(99)).isEqualTo(Integer.MAX_VALUE - 2);
        assertThat(map.mapped()).isEqualTo(2);
        assertThat(map.entries(1)).startsWith(0, 1).hasSize(16);
        assertThat(map.hasMapped(0)).isFalse();
        assertThat(map.hasMapped(1)).isTrue();
        assertThat(map.chunkCount()).isEqualTo(7);
    }

    @Test
    void takeMark_isTrueOnce() {
        map.map(3, 8, true);
        map.map(4, 9, false);

        assertThat(map.takeMark(3)).isTrue();
        assertThat(map.takeMark(3)).isFalse();
        assertThat(map.takeMark(4)).isFalse();
        assertThat(map.takeMark(90)).isFalse();
        assertThat(map.enter(3)).isEqualTo(8);
    }

    @Test
    void drain_ofAnExtentInUse_endsWithTheLastExit() {
        map.map(5, 7, false);
        map.enter(5);
        map.enter(5);

        assertThat(map.beginDrain(5)).isEqualTo(VolumeMap.Drain.WAITING);
        assertThat(map.beginDrain(5)).isEqualTo(VolumeMap.Drain.ALREADY);
        assertThat(map.enter(5)).isEqualTo(VolumeMap.DRAINING);
        assertThatThrownBy(() -> new VolumeMap(1, 1).endDrain(0, true)).isInstanceOf(IllegalStateException.class);
        assertThat(map.exit(5)).isFalse();
        assertThat(map.exit(5)).isTrue();
        map.endDrain(5, true);

        assertThat(map.enter(5)).isEqualTo(VolumeMap.UNMAPPED);
        assertThat(map.beginDrain(5)).isEqualTo(VolumeMap.Drain.NOT_MAPPED);
        assertThat(map.mapped()).isZero();
    }

    @Test
    void drain_givenUp_letsRequestsInAgain() {
        map.map(5, 7, false);
        map.enter(5);
        map.beginDrain(5);
        map.endDrain(5, false);

        assertThat(map.enter(5)).isEqualTo(7);
        assertThat(map.exit(5)).isFalse();
        assertThat(map.exit(5)).isFalse();
    }

    @Test
    void unmap_ofAnExtentInUse_isABug() {
        map.map(5, 7, false);
        map.enter(5);
        map.beginDrain(5);

        assertThatThrownBy(() -> map.endDrain(5, true)).hasMessageContaining("unmapped in use");
        assertThatThrownBy(() -> {
                    map.map(6, 1, false);
                    map.map(6, 2, false);
                })
                .hasMessageContaining("mapped twice");
    }

    /** One thread maps and unmaps while others use: a user inside must never see its extent freed. */
    @Test
    @Timeout(60)
    void enter_againstDrain_neverUsesAFreedExtent() throws Exception {
        VolumeMap shared = new VolumeMap(1, 1);
        AtomicInteger owner = new AtomicInteger(-1);
        int users = 3;
        int rounds = 2_000;
        CountDownLatch stop = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newFixedThreadPool(users)) {
            AtomicInteger drained = new AtomicInteger();
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < users; i++) {
                results.add(pool.submit(() -> {
                    int entered = 0;
                    while (stop.getCount() > 0) {
                        int extent = shared.enter(0);
                        if (extent >= 0) {
                            entered++;
                            assertThat(owner.get()).isEqualTo(extent);
                            if (shared.exit(0)) {
                                drained.incrementAndGet();
                            }
                        }
                    }
                    return entered;
                }));
            }
            for (int round = 0; round < rounds; round++) {
                owner.set(round);
                shared.map(0, round, false);
                for (int spin = 0; spin < 200; spin++) {
                    Thread.onSpinWait();
                }
                int before = drained.get();
                if (shared.beginDrain(0) == VolumeMap.Drain.WAITING) {
                    while (drained.get() == before) {
                        Thread.onSpinWait();
                    }
                }
                owner.set(-1);
                shared.endDrain(0, true);
            }
            stop.countDown();
            for (Future<Integer> result : results) {
                assertThat(result.get(10, TimeUnit.SECONDS)).isNotNegative();
            }
        }
    }
}
