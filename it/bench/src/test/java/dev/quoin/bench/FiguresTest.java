package dev.quoin.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.property.Property;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Proves that medians, ratios and result lines are what they claim to be. */
class FiguresTest {

    private static final Measure RATE = new Measure("randread", "IOPS", Better.HIGHER, "reads");
    private static final Measure COST = new Measure("cpu", "us/op", Better.LOWER, "CPU of a read");

    @Test
    void median_knownFigures_isTheMiddle() {
        assertThat(Figures.median(new double[] {7})).isEqualTo(7);
        assertThat(Figures.median(new double[] {9, 1, 5})).isEqualTo(5);
        assertThat(Figures.median(new double[] {4, 1, 2, 100})).isEqualTo(3);
        assertThatThrownBy(() -> Figures.median(new double[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void median_anyFigures_hasAsManyAboveAsBelow_andLeavesThemAlone() {
        Property.forAll(300, random -> {
            double[] figures = random.doubles(1 + random.nextInt(20)).toArray();
            double[] before = figures.clone();

            double median = Figures.median(figures);

            assertThat(figures).containsExactly(before);
            long below =
                    Arrays.stream(figures).filter(figure -> figure < median).count();
            long above =
                    Arrays.stream(figures).filter(figure -> figure > median).count();
            assertThat(below).isEqualTo(above);
        });
    }

    @Test
    void ratio_betterThanThePeer_isAboveOneEitherWay() {
        assertThat(Better.HIGHER.ratio(300, 100)).isEqualTo(3);
        assertThat(Better.LOWER.ratio(5, 20)).isEqualTo(4);
    }

    @Test
    void line_withAndWithoutPeer_hasTheFixedForm() {
        assertThat(Figures.line("iscsi", RATE, 125_431.4, "tgt", 35_012, 5))
                .isEqualTo("BENCH iscsi/randread IOPS quoin=125431 tgt=35012 ratio=3.58 runs=5");
        assertThat(Figures.line("iscsi", COST, 5.25, "tgt", 34, 3))
                .isEqualTo("BENCH iscsi/cpu us/op quoin=5.25 tgt=34.0 ratio=6.48 runs=3");
        assertThat(Figures.line("locks", RATE, 1_200, 1)).isEqualTo("BENCH locks/randread IOPS quoin=1200 runs=1");
    }

    @Test
    void number_inALocaleWithCommas_hasAPoint() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(Figures.number(12.34)).isEqualTo("12.3");
            assertThat(Figures.number(0.0567)).isEqualTo("0.057");
            assertThat(Figures.line("a", RATE, 2, "b", 1, 1)).contains("ratio=2.00");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void lastMatch_ofAProgramThatOverwritesItsLine_isTheFinalFigure() throws BenchException {
        String output =
                "00:00:02 - iops current 30419, iops average 30419 (118 MB/s)\riops average 30305 (118 MB/s)\nfinished.";

        assertThat(Figures.lastMatch(Pattern.compile("iops average (\\d+)"), output))
                .isEqualTo(30_305);
        assertThatThrownBy(() -> Figures.lastMatch(Pattern.compile("iops average (\\d+)"), "connection refused"))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("connection refused");
    }
}
