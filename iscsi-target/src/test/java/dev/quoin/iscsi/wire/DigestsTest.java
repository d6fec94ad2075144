package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Proves that digests are those of the examples in RFC 3720 B.4. */
class DigestsTest {

    @Test
    void examplesOfTheStandard_haveTheirDigests() {
        assertThat(digest(new byte[32])).isEqualTo("aa36918a");
        byte[] ones = new byte[32];
        byte[] up = new byte[32];
        byte[] down = new byte[32];
        for (int i = 0; i < 32; i++) {
            ones[i] = (byte) 0xFF;
            up[i] = (byte) i;
            down[i] = (byte) (31 - i);
        }
        assertThat(digest(ones)).isEqualTo("43aba862");
        assertThat(digest(up)).isEqualTo("4e79dd46");
        assertThat(digest(down)).isEqualTo("5cdb3f11");
        assertThat(digest(HexFormat.of()
                        .parseHex("01c00000000000000000000000000000" + "14000000000004000000001400000018"
                                + "28000000000000000200000000000000")))
                .isEqualTo("563a96d9");
    }

    private static String digest(byte[] bytes) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(bytes.length + 8).put(4, bytes).position(1);
        new Digests().append(buffer, 4, bytes.length);
        assertThat(buffer.position()).isEqualTo(1);
        return HexFormat.of().toHexDigits(buffer.getInt(4 + bytes.length));
    }
}
