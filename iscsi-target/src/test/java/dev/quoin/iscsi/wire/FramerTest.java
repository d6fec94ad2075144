package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that PDUs are found wherever the stream is cut, and that lengths over the limits are refused by their header alone. */
class FramerTest {

    private static final int DATA_LIMIT = 1024;
    private static final int AHS_LIMIT = 64;

    @Test
    void streamOfPdus_cutAnywhere_givesTheSamePdus() {
        Property.forAll(200, random -> {
            boolean headerDigest = random.nextBoolean();
            boolean dataDigest = random.nextBoolean();
            ByteBuffer stream = ByteBuffer.allocate(64 << 10);
            List<Integer> lengths = new ArrayList<>();
            int end = 0;
            for (int i = 0; i < 20; i++) {
                int data = random.nextInt(4) == 0 ? 0 : random.nextInt(DATA_LIMIT + 1);
                int ahs = random.nextInt(4) == 0 ? random.nextInt(AHS_LIMIT / 4 + 1) * 4 : 0;
                lengths.add(data);
                end = append(stream, end, ahs, data, headerDigest, dataDigest);
            }
            Framer framer = new Framer(DATA_LIMIT, AHS_LIMIT);
            framer.expectDigests(headerDigest, dataDigest);
            List<Integer> found = new ArrayList<>();
            int start = 0;
            for (int arrived = 0; arrived <= end; arrived = Math.min(end, arrived + 1 + random.nextInt(300))) {
                Framer.Result result;
                while ((result = framer.next(stream, start, arrived)) == Framer.Result.COMPLETE) {
                    found.add(framer.dataLength());
                    start += framer.length();
                }
                assertThat(result).isEqualTo(Framer.Result.MORE);
                if (arrived == end) {
                    break;
                }
                assertThat(framer.needed()).isGreaterThan(arrived - start);
            }
            assertThat(start).isEqualTo(end);
            assertThat(found).isEqualTo(lengths);
        });
    }

    @Test
    void length_overItsLimit_isBrokenBeforeTheRestComes() {
        Framer framer = new Framer(DATA_LIMIT, AHS_LIMIT);
        ByteBuffer header = ByteBuffer.allocate(Bhs.LENGTH);
        Bhs.start(header, 0, Opcode.SCSI_COMMAND, 0, DATA_LIMIT, 1);
        assertThat(framer.next(header, 0, 8)).isEqualTo(Framer.Result.MORE);
        Bhs.start(header, 0, Opcode.SCSI_COMMAND, 0, DATA_LIMIT + 1, 1);
        assertThat(framer.next(header, 0, 8)).isEqualTo(Framer.Result.BROKEN);
        assertThat(framer.malformed()).isEqualTo(new Malformed(Malformed.Reason.TOO_LONG, "DataSegmentLength"));
        Bhs.start(header, 0, Opcode.SCSI_COMMAND, 0, 0, 1);
        header.put(4, (byte) (AHS_LIMIT / 4));
        assertThat(framer.next(header, 0, 8)).isEqualTo(Framer.Result.MORE);
        header.put(4, (byte) (AHS_LIMIT / 4 + 1));
        assertThat(framer.next(header, 0, 8)).isEqualTo(Framer.Result.BROKEN);
        assertThat(framer.malformed()).isEqualTo(new Malformed(Malformed.Reason.TOO_LONG, "TotalAHSLength"));
    }

    @Test
    void anyFlippedBit_withDigests_isFound() {
        Property.forAll(500, random -> {
            ByteBuffer stream = ByteBuffer.allocate(2048);
            int end = append(stream, 0, 0, 1 + random.nextInt(200), true, true);
            int at = 8 + random.nextInt(end - 8); // The first eight bytes decide the length, so they may also ask for more.
            stream.put(at, (byte) (stream.get(at) ^ 1 << random.nextInt(8)));
            Framer framer = new Framer(DATA_LIMIT, AHS_LIMIT);
            framer.expectDigests(true, true);
            assertThat(framer.next(stream, 0, end)).isIn(Framer.Result.BROKEN, Framer.Result.DATA_BROKEN);
        });
    }

    private static int append(ByteBuffer stream, int at, int ahs, int data, boolean headerDigest, boolean dataDigest) {
        Digests digests = new Digests();
        Bhs.start(stream, at, Opcode.SCSI_COMMAND, 0x80, data, 7);
        stream.put(at + 4, (byte) (ahs / 4));
        int end = at + Bhs.LENGTH + ahs;
        if (headerDigest) {
            digests.append(stream, at, Bhs.LENGTH + ahs);
            end += Digests.LENGTH;
        }
        for (int i = 0; i < data; i++) {
            stream.put(end + i, (byte) i);
        }
        if (dataDigest && data > 0) {
            digests.append(stream, end, Bhs.padded(data));
            end += Digests.LENGTH;
        }
        return end + Bhs.padded(data);
    }
}
