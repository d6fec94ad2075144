package dev.quoin.dlm.raft.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** The wire format byte for byte, and that nothing but a frame passes for one. */
class FrameTest {

    private static final HexFormat HEX = HexFormat.of();

    private static Frame read(byte[] bytes) throws IOException {
        return Frame.read(new ByteArrayInputStream(bytes), Frame.PAYLOAD_MAX);
    }

    private static byte[] frame() {
        return Frame.encode(Kind.FAILED, 0x0102030405060708L, "no".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void frame_byteForByte() throws IOException {
        String golden = "51524654" + "01" + "08" + "0000" + "0102030405060708" + "00000002" + "1ad8c539" + "6e6f";
        assertThat(HEX.formatHex(frame())).isEqualTo(golden);
        Frame back = read(HEX.parseHex(golden));
        assertThat(back.kind()).isEqualTo(Kind.FAILED);
        assertThat(back.call()).isEqualTo(0x0102030405060708L);
        assertThat(back.text()).isEqualTo("no");
    }

    @Test
    void kinds_haveTheirCodesForGood() {
        assertThat(Kind.values())
                .extracting(kind -> kind.code + "=" + kind)
                .containsExactly(
                        "1=HELLO", "2=WELCOME", "3=REFUSED", "4=VOTE", "5=APPEND", "6=SNAPSHOT", "7=ELECT", "8=FAILED");
        assertThat(Kind.of(0)).isNull();
        assertThat(Kind.of(9)).isNull();
        assertThat(Kind.of(-1)).isNull();
    }

    @Test
    void greeting_byteForByte() throws IOException {
        Greeting greeting = new Greeting(new UUID(0x0011223344556677L, 0x8899aabbccddeeffL), "p1", "p20");
        assertThat(HEX.formatHex(greeting.encode()))
                .isEqualTo("00112233445566778899aabbccddeeff" + "02" + "7031" + "03" + "703230");
        assertThat(Greeting.decode(greeting.encode())).isEqualTo(greeting);
    }

    @Test
    void greeting_tooShortOrTooLong_isRefused() {
        byte[] whole = new Greeting(UUID.randomUUID(), "p1", "p2").encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Greeting.decode(part)).isInstanceOf(BadFrameException.class);
        }
        assertThatThrownBy(() -> Greeting.decode(java.util.Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(BadFrameException.class);
    }

    @Test
    void anyBitChanged_isNoticed() {
        byte[] good = frame();
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> read(bad)).as("bit %d", bit).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anyPart_isAnEndAndNoFrame() {
        byte[] good = frame();
        for (int length = 0; length < good.length; length++) {
            byte[] part = java.util.Arrays.copyOf(good, length);
            assertThatThrownBy(() -> read(part)).as("%d bytes", length).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void hugeAndNegativeLengths_areRefusedBeforeAnythingIsAllocated() {
        for (int length : new int[] {Frame.PAYLOAD_MAX + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            byte[] bytes = frame();
            ByteBuffer.wrap(bytes).putInt(16, length);
            assertThatThrownBy(() -> read(bytes))
                    .isInstanceOf(BadFrameException.class)
                    .hasMessageContaining(Integer.toUnsignedString(length));
        }
    }

    @Test
    void otherProtocol_isNamedWithWhatToDo() {
        assertThatThrownBy(() -> read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(BadFrameException.class)
                .hasMessageContaining("50524920")
                .hasMessageContaining("same transport");
    }

    @Test
    void otherVersion_isNamed() {
        byte[] bytes = frame();
        bytes[4] = 2;
        assertThatThrownBy(() -> read(bytes)).hasMessageContaining("version 2 found, 1 expected");
    }

    @Test
    void randomBytes_areNeverAFrame() {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (random.nextBoolean() && bytes.length >= 4) {
                ByteBuffer.wrap(bytes).putInt(0, Frame.MAGIC);
            }
            assertThatThrownBy(() -> read(bytes)).as("seed %d", seed).isInstanceOf(IOException.class);
        }
    }
}
