package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Proves the small encodings: LUN fields and sequence numbers that wrap. */
class SmallFieldsTest {

    @Test
    void lunField_ofEveryNumber_decodesToIt() {
        for (int number = 0; number <= LunField.NUMBER_MAX; number++) {
            assertThat(LunField.decode(LunField.encode(number))).isEqualTo(number);
        }
        assertThat(LunField.encode(5)).isEqualTo(0x0005_0000_0000_0000L);
        assertThat(LunField.encode(256)).isEqualTo(0x4100_0000_0000_0000L);
        assertThatThrownBy(() -> LunField.encode(16_384)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void lunField_ofOtherForms_namesNothing() {
        assertThat(LunField.decode(0x0005_0000_0000_0001L)).isEqualTo(LunField.NONE);
        assertThat(LunField.decode(0x0105_0000_0000_0000L)).isEqualTo(LunField.NONE);
        assertThat(LunField.decode(0x8005_0000_0000_0000L)).isEqualTo(LunField.NONE);
        assertThat(LunField.decode(0xC101_0000_0000_0000L)).isEqualTo(LunField.NONE);
        assertThat(LunField.decode(0x4005_0000_0000_0000L)).isEqualTo(5);
    }

    @Test
    void serialNumbers_overTheWrap_keepTheirOrder() {
        assertThat(SerialNumber.before(0xFFFF_FFFF, 0)).isTrue();
        assertThat(SerialNumber.before(0, 0xFFFF_FFFF)).isFalse();
        assertThat(SerialNumber.within(2, 0xFFFF_FFF0, 5)).isTrue();
        assertThat(SerialNumber.within(6, 0xFFFF_FFF0, 5)).isFalse();
        assertThat(SerialNumber.within(0xFFFF_FFEF, 0xFFFF_FFF0, 5)).isFalse();
        assertThat(SerialNumber.within(5, 6, 5)).isFalse();
    }
}
