package dev.quoin.iscsi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Digests;
import dev.quoin.iscsi.wire.Framer;
import dev.quoin.iscsi.wire.LunField;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.ParsedKeys;
import dev.quoin.iscsi.wire.Pdu;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.TextKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The decoders of headers, frames and text. */
final class WireDecoders {

    private static final int[] OPCODES = {
        0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3F
    };
    private static final int DATA_LIMIT = 4_096;
    private static final int AHS_LIMIT = 1_020;

    private WireDecoders() {}

    static List<FuzzTarget<?>> all() {
        return List.of(headers(), frames(false), frames(true), lunFields(), texts());
    }

    private static FuzzTarget<?> headers() {
        byte[][] good = Arrays.stream(OPCODES)
                .mapToObj(opcode -> {
                    ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
                    Bhs.start(header, 0, opcode, Bhs.FLAG_FINAL | 1, 0, 7);
                    return header.array();
                })
                .toArray(byte[][]::new);
        return FuzzTarget.of(
                        "wire.PduDecoder.decode",
                        64,
                        new Limit(256, 0),
                        input -> PduDecoder.decode(ByteBuffer.wrap(input), 0))
                .from(good)
                .checking((input, decoded) -> {
                    if (input.length < Bhs.LENGTH) {
                        assertThat(decoded).isEqualTo(new Malformed(Malformed.Reason.TRUNCATED, "BasicHeaderSegment"));
                    }
                    if (decoded instanceof Pdu pdu) {
                        ByteBuffer again = ByteBuffer.allocate(Bhs.LENGTH);
                        PduEncoder.encode(pdu, Bhs.dataLength(ByteBuffer.wrap(input), 0), again, 0);
                        assertThat(PduDecoder.decode(again, 0)).isEqualTo(pdu);
                    }
                });
    }

    /** What a framer says of the input, and where it says that the data is. */
    private record Frame(Framer.Result result, int length, int dataAt, int dataLength, int needed) {}

    private static FuzzTarget<?> frames(boolean digests) {
        ByteBuffer good = ByteBuffer.allocate(Bhs.LENGTH + 4 + 4 + 8 + 4);
        Bhs.start(good, 0, 0, Bhs.FLAG_FINAL, 5, 1);
        good.put(4, (byte) 1);
        if (digests) {
            new Digests().append(good, 0, Bhs.LENGTH + 4);
            new Digests().append(good, Bhs.LENGTH + 8, 8);
        }
        Framer framer = new Framer(DATA_LIMIT, AHS_LIMIT);
        framer.expectDigests(digests, digests);
        return FuzzTarget.of(
                        "wire.Framer.next",
                        200,
                        new Limit(256, 0),
                        input -> new Frame(
                                framer.next(ByteBuffer.wrap(input), 0, input.length),
                                framer.length(),
                                framer.dataAt(),
                                framer.dataLength(),
                                framer.needed()))
                .covering("wire.Digests.of")
                .from(good.array())
                .sortedBy(Frame::result)
                .checking((input, frame) -> {
                    switch (frame.result()) {
                        case COMPLETE, DATA_BROKEN -> {
                            assertThat(frame.length()).isBetween(Bhs.LENGTH, input.length);
                            assertThat(frame.dataAt() + frame.dataLength()).isBetween(Bhs.LENGTH, input.length);
                        }
                        case MORE -> assertThat(frame.needed()).isBetween(input.length + 1, framer.longest());
                        case BROKEN -> assertThat(framer.malformed()).isNotNull();
                    }
                });
    }

    private static FuzzTarget<?> lunFields() {
        return FuzzTarget.of(
                        "wire.LunField.decode",
                        8,
                        new Limit(256, 0),
                        input -> LunField.decode(
                                ByteBuffer.wrap(Arrays.copyOf(input, 8)).getLong()))
                .from(new byte[8], new byte[] {0x40, 1, 0, 0, 0, 0, 0, 0})
                .checking((input, number) -> {
                    assertThat(number).isBetween(LunField.NONE, LunField.NUMBER_MAX);
                    if (number != LunField.NONE) {
                        assertThat(LunField.decode(LunField.encode(number))).isEqualTo(number);
                    }
                })
                .sortedBy(number -> number == LunField.NONE);
    }

    private static FuzzTarget<?> texts() {
        return FuzzTarget.of("wire.TextKeys.parse", 2_000, new Limit(8_192, 96), TextKeys::parse)
                .from(
                        "InitiatorName=iqn.x:y\0TargetName=iqn.x:t\0HeaderDigest=CRC32C,None\0"
                                .getBytes(StandardCharsets.UTF_8),
                        "SendTargets=All\0\0\0X-\u00E4=\u00F6\0".getBytes(StandardCharsets.UTF_8),
                        "a=b\0".repeat(TextKeys.PAIRS_MAX).getBytes(StandardCharsets.UTF_8))
                .checking((input, parsed) -> {
                    if (parsed instanceof TextKeys keys) {
                        assertThat(keys.pairs()).hasSizeLessThanOrEqualTo(TextKeys.PAIRS_MAX);
                        ParsedKeys again = TextKeys.parse(keys.bytes());
                        assertThat(again).isEqualTo(keys);
                    }
                });
    }
}
