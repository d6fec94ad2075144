package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that buffers are large enough, come back, and that no more than the limit is lent. */
class BufferPoolTest {

    @Test
    void everyLength_upToTheLargest_fits() {
        BufferPool pool = new BufferPool(Long.MAX_VALUE);
        for (int length = 0; length < 9 << 20; length += 1 + length / 7) {
            ByteBuffer buffer = pool.take(length);
            if (length <= (8 << 20) + 4096) {
                assertThat(buffer).as("length %d", length).isNotNull();
                assertThat(buffer.capacity()).isGreaterThanOrEqualTo(length).isLessThan(2 * length + 8192);
                pool.give(buffer);
            } else {
                assertThat(buffer).isNull();
            }
        }
        assertThat(pool.lentBytes()).isZero();
    }

    @Test
    void limit_isLentAndNotMore() {
        BufferPool pool = new BufferPool(4 * 512);
        List<ByteBuffer> lent = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            lent.add(pool.take(512));
        }
        assertThat(lent).doesNotContainNull();
        assertThat(pool.take(1)).isNull();
        ByteBuffer beyond = pool.takeSmall(512);
        assertThat(beyond.capacity()).isGreaterThanOrEqualTo(512);
        pool.give(beyond);
        assertThat(pool.take(1))
                .as("a buffer beyond the limit gives nothing back")
                .isNull();
        lent.forEach(pool::give);
        assertThat(pool.lentBytes()).isZero();
        assertThat(pool.take(1)).isNotNull();
    }
}
