package dev.quoin.tools.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quoin.property.Gen;
import dev.quoin.property.Property;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that sizes, times and addresses are read as people write them, and refused with what was found and expected. */
class WrittenValuesTest {

    @Test
    void size_inEachUnit_isBytes() {
        assertThat(ByteSize.parse("512").bytes()).isEqualTo(512);
        assertThat(ByteSize.parse("4KiB").bytes()).isEqualTo(4_096);
        assertThat(ByteSize.parse(" 1 GiB ").bytes()).isEqualTo(1L << 30);
        assertThat(ByteSize.parse("2tb").bytes()).isEqualTo(2_000_000_000_000L);
        assertThat(ByteSize.parse("7PiB").bytes()).isEqualTo(7L << 50);
    }

    @Test
    void size_notASize_isRefused() {
        for (String wrong : new String[] {"", "GiB", "-1", "1.5GiB", "10 apples", "1GiB extra"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ByteSize.parse(wrong))
                    .withMessageContaining("'" + wrong + "' found");
        }
    }

    @Test
    void size_beyondALong_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse("9000000000000000PiB"))
                .withMessageContaining("at most 8 EiB");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse("9999999999999999999"))
                .withMessageContaining("at most 8 EiB");
    }

    @Test
    void size_printed_isReadAsNearlyTheSame() {
        Property.forAll(500, random -> {
            long bytes = Gen.longs(0, Long.MAX_VALUE).next(random) >> (4 + random.nextInt(59));
            String text = ByteSize.format(bytes);
            if (!text.contains(".")) {
                assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
            } else {
                double number = Double.parseDouble(text.substring(0, text.indexOf(' ')));
                long unit =
                        ByteSize.parse("1" + text.substring(text.indexOf(' '))).bytes();
                assertThat(number * unit).isBetween(bytes - 0.051 * unit, bytes + 0.051 * unit);
            }
        });
    }

    @Test
    void time_inEachUnit_isADuration() {
        assertThat(TimeSpan.parse("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(TimeSpan.parse("30s")).isEqualTo(Duration.ofSeconds(30));
        assertThat(TimeSpan.parse("5m")).isEqualTo(Duration.ofMinutes(5));
        assertThat(TimeSpan.parse("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(TimeSpan.parse("7d")).isEqualTo(Duration.ofDays(7));
    }

    @Test
    void time_withoutUnit_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TimeSpan.parse("30"))
                .withMessageContaining("'30' found");
    }

    @Test
    void time_printed_showsTwoUnits() {
        assertThat(TimeSpan.format(Duration.ofMillis(1_234))).isEqualTo("1.2 s");
        assertThat(TimeSpan.format(Duration.ofSeconds(59))).isEqualTo("59 s");
        assertThat(TimeSpan.format(Duration.ofSeconds(192))).isEqualTo("3 m 12 s");
        assertThat(TimeSpan.format(Duration.ofMinutes(135))).isEqualTo("2 h 15 m");
        assertThat(TimeSpan.format(Duration.ofHours(49))).isEqualTo("2 d 1 h");
    }

    @Test
    void address_ofEachKind_isReadAndPrintedTheSame() {
        for (String text : new String[] {"127.0.0.1:3260", "storage.example:0", "[::1]:65535"}) {
            assertThat(HostPort.parse(text)).hasToString(text);
        }
        assertThat(HostPort.parse("[::1]:1").host()).isEqualTo("::1");
    }

    @Test
    void address_notAnAddress_isRefused() {
        for (String wrong : new String[] {"", "3260", "host", "host:", "host:65536", "::1:3260", ":3260"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HostPort.parse(wrong))
                    .withMessageContaining("found");
        }
    }

    @Test
    void nearest_ofASlip_isWhatWasMeant() {
        var known = List.of("members", "level", "chunk", "name");
        assertThat(Nearest.to("member", known)).contains("members");
        assertThat(Nearest.to("chnuk", known)).contains("chunk");
        assertThat(Nearest.to("zzzzzz", known)).isEmpty();
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    }
}
