package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.scsi.CdbDecoder;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that decoders give a value for input of any bytes: random, and valid with a few bytes changed. The property
 * {@code fuzz.inputs} says how many inputs each decoder gets.
 */
class DecoderFuzzTest {

    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 200_000);
    private static final int INPUTS_PER_RUN = 1_000;
    private static final int[] OPCODES = {0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3F
    };

    @Test
    void headers_ofAnyBytes_areDecodedAndDecodeAgainToTheSame() {
        forInputs(random -> {
            ByteBuffer header = ByteBuffer.wrap(bytes(random, Bhs.LENGTH));
            if (random.nextInt(4) != 0) {
                int opcode = OPCODES[random.nextInt(OPCODES.length)];
                header.put(0, (byte) (opcode | (random.nextBoolean() ? 0x40 : 0)));
                header.put(4, (byte) 0);
            }
            if (PduDecoder.decode(header, 0) instanceof Pdu pdu) {
                ByteBuffer again = ByteBuffer.allocate(Bhs.LENGTH);
                PduEncoder.encode(pdu, Bhs.dataLength(header, 0), again, 0);
                assertThat(PduDecoder.decode(again, 0)).isEqualTo(pdu);
            }
        });
    }

    @Test
    void shortHeaders_areTruncated() {
        for (int length = 0; length < Bhs.LENGTH; length++) {
            assertThat(PduDecoder.decode(ByteBuffer.allocate(length), 0))
                    .isEqualTo(new Malformed(Malformed.Reason.TRUNCATED, "BasicHeaderSegment"));
        }
    }

    @Test
    void frames_ofAnyBytes_stayInsideTheInput() {
        Framer framer = new Framer(4096, 1020);
        forInputs(random -> {
            byte[] input = bytes(random, random.nextInt(200));
            if (input.length > 8 && random.nextBoolean()) {
                input[5] = 0;
                input[6] = 0;
                input[4] = (byte) random.nextInt(3);
            }
            framer.expectDigests(random.nextBoolean(), random.nextBoolean());
            Framer.Result result = framer.next(ByteBuffer.wrap(input), 0, input.length);
            if (result == Framer.Result.COMPLETE || result == Framer.Result.DATA_BROKEN) {
                assertThat(framer.length()).isBetween(Bhs.LENGTH, input.length);
                assertThat(framer.dataAt() + framer.dataLength()).isLessThanOrEqualTo(input.length);
            }
        });
    }

    @Test
    void texts_ofAnyBytes_areParsed() {
        forInputs(random -> {
            byte[] input = bytes(random, random.nextInt(100));
            for (int i = 0; i < input.length; i++) {
                if (random.nextInt(3) != 0) {
                    input[i] = (byte) "ab=\0,01xX".charAt(random.nextInt(9));
                }
            }
            if (TextKeys.parse(input) instanceof TextKeys keys) {
                assertThat(TextKeys.parse(keys.bytes())).isEqualTo(keys);
            }
        });
    }

    @Test
    void commandBlocks_ofAnyBytes_areDecoded() {
        forInputs(random ->
                assertThat(CdbDecoder.decode(ByteBuffer.wrap(bytes(random, 16)), 0)).isNotNull());
    }

    private interface Input {
        void run(RandomGenerator random);
    }

    private static void forInputs(Input input) {
        Property.forAll(Math.max(1, INPUTS / INPUTS_PER_RUN), random -> {
            for (int i = 0; i < INPUTS_PER_RUN; i++) {
                input.run(random);
            }
        });
    }

    private static byte[] bytes(RandomGenerator random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
