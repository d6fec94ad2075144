package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.property.Property;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Proves the arithmetic of RAID 6 bit by bit against multiplication as it is taught at school, for each kernel. */
class GaloisTest {

    static List<GaloisKernel> kernels() {
        return List.of(new WordKernel(), new VectorKernel());
    }

    /** The product of two polynomials over GF(2), divided by x^8 + x^4 + x^3 + x^2 + 1. */
    private static int product(int a, int b) {
        int product = 0;
        for (int bit = 0; bit < 8; bit++) {
            product ^= ((b >> bit) & 1) != 0 ? a << bit : 0;
        }
        for (int bit = 15; bit >= 8; bit--) {
            product ^= ((product >> bit) & 1) != 0 ? 0x11d << (bit - 8) : 0;
        }
        return product;
    }

    @Test
    void product_ofEveryTwoBytes_isThatOfThePolynomials() {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                assertThat(Galois.product(a, b)).as(a + " * " + b).isEqualTo(product(a, b));
            }
        }
    }

    @Test
    void inverse_ofEveryByte_givesOne() {
        for (int a = 1; a < 256; a++) {
            assertThat(product(a, Galois.inverse(a))).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void syndromes_ofAnyNumberOfInputs_areThoseOfTheReference(GaloisKernel kernel) {
        Property.forAll(60, random -> {
            byte[][] data = inputs(random, 1 + random.nextInt(30));
            int at = 512 * random.nextInt(3);
            int length = 512 * (1 + random.nextInt(4));
            byte[] p = new byte[data[0].length];
            byte[] q = new byte[data[0].length];
            kernel.syndromes(p, q, data, at, length);
            for (int i = 0; i < p.length; i++) {
                int sum = 0;
                int weighted = 0;
                int weight = 1;
                for (byte[] each : data) {
                    sum ^= each[i] & 0xff;
                    weighted ^= product(each[i] & 0xff, weight);
                    weight = product(weight, 2);
                }
                boolean inside = i >= at && i < at + length;
                assertThat(p[i]).as("P at " + i).isEqualTo((byte) (inside ? sum : 0));
                assertThat(q[i]).as("Q at " + i).isEqualTo((byte) (inside ? weighted : 0));
            }
        });
    }

    @Test
    void parities_ofBuffersOutsideTheHeap_areThoseOfArrays() {
        BufferKernel kernel = Objects.requireNonNull(Galois.BUFFERS);
        Property.forAll(60, random -> {
            byte[][] data = inputs(random, 1 + random.nextInt(30));
            int at = 512 * random.nextInt(3);
            int length = 512 * (1 + random.nextInt(4));
            byte[] p = inputs(random, 1)[0];
            byte[] q = inputs(random, 1)[0];
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment sum = outside(arena, p);
                MemorySegment both = outside(arena, p);
                MemorySegment weighted = outside(arena, q);
                MemorySegment[] segments =
                        Arrays.stream(data).map(each -> outside(arena, each)).toArray(MemorySegment[]::new);
                kernel.xor(sum, segments, at, length);
                kernel.syndromes(both, weighted, segments, at, length);
                new WordKernel().syndromes(p, q, data, at, length);
                assertThat(sum.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(p);
                assertThat(both.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(p);
                assertThat(weighted.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(q);
            }
        });
    }

    private static MemorySegment outside(Arena arena, byte[] bytes) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void addProduct_withEveryFactor_isThatOfTheReference(GaloisKernel kernel) {
        Property.forAll(1, random -> {
            for (int factor = 0; factor < 256; factor++) {
                byte[][] both = inputs(random, 2);
                byte[] before = both[0].clone();
                kernel.addProduct(both[0], both[1], factor, 512, 1024);
                for (int i = 0; i < before.length; i++) {
                    int product = i >= 512 && i < 1536 ? product(both[1][i] & 0xff, factor) : 0;
                    assertThat(both[0][i]).isEqualTo((byte) (before[i] ^ product));
                }
            }
        });
    }

    @Test
    void restore_afterEveryLoss_givesWhatWasThere() {
        for (int width = 4; width <= 10; width++) {
            RandomGenerator random = Property.random(width);
            byte[][] cells = inputs(random, width);
            Redundancy redundancy = new Redundancy.DoubleParity();
            redundancy.restore(cells, 0, 3 << (width - 2), 0, 3072);
            assertThat(redundancy.agrees(cells, 0, 3072)).isTrue();
            for (int missing = 1; missing < 1 << width; missing++) {
                if (!redundancy.restores(width, missing)) {
                    continue;
                }
                byte[][] left = new byte[width][];
                for (int i = 0; i < width; i++) {
                    left[i] = (missing & 1 << i) == 0 ? cells[i].clone() : new byte[3072];
                }
                redundancy.restore(left, ~missing & ((1 << width) - 1), missing, 512, 1024);
                for (int i = 0; i < width; i++) {
                    assertThat(Arrays.equals(left[i], 512, 1536, cells[i], 512, 1536))
                            .as(i + " of " + width + " without " + Integer.toBinaryString(missing))
                            .isTrue();
                }
            }
        }
    }

    private static byte[][] inputs(RandomGenerator random, int count) {
        byte[][] inputs = new byte[count][3072];
        for (byte[] each : inputs) {
            random.nextBytes(each);
        }
        return inputs;
    }
}
