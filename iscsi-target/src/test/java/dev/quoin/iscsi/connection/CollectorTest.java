package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.connection.Collector.Progress;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Proves that the data of a command comes together from its sequences, and that a piece out of place is a fault. */
class CollectorTest {

    private static final int WANT = 1000;

    private final ByteBuffer target = ByteBuffer.allocate(WANT);
    private final ByteBuffer in = ByteBuffer.allocate(2048);
    private final Collector collector = new Collector(WANT, target, 2);

    @Test
    void immediateUnsolicitedAndSolicitedData_comeTogether() {
        collector.immediate(data(0, 100), Bhs.LENGTH, 100, 300, true);
        assertThat(collector.mayAsk()).isFalse();
        assertThat(accept(Bhs.TAG_NONE, 0, 100, 100, false)).isEqualTo(Progress.MORE);
        assertThat(accept(Bhs.TAG_NONE, 1, 200, 100, true)).isEqualTo(Progress.SEQUENCE_END);
        assertThat(collector.mayAsk()).isTrue();
        assertThat(collector.nextOffset()).isEqualTo(300);
        collector.asked(11, collector.nextLength(400));
        collector.asked(12, collector.nextLength(400));
        assertThat(collector.mayAsk()).isFalse();
        assertThat(collector.complete()).isFalse();
        // The second sequence may be answered first.
        assertThat(accept(12, 0, 700, 300, true)).isEqualTo(Progress.SEQUENCE_END);
        assertThat(accept(11, 0, 300, 150, false)).isEqualTo(Progress.MORE);
        assertThat(accept(11, 1, 450, 250, true)).isEqualTo(Progress.SEQUENCE_END);
        assertThat(collector.complete()).isTrue();
        for (int i = 0; i < WANT; i++) {
            assertThat(target.get(i)).isEqualTo((byte) (i * 31));
        }
    }

    @Test
    void piecesOutOfPlace_areFaults() {
        collector.immediate(data(0, 0), Bhs.LENGTH, 0, 300, false);
        assertThat(accept(Bhs.TAG_NONE, 0, 0, 100, true)).isEqualTo(Progress.FAULT);
        collector.asked(11, 400);
        assertThat(accept(12, 0, 0, 100, false)).isEqualTo(Progress.FAULT);
        assertThat(accept(11, 0, 4, 100, false)).isEqualTo(Progress.FAULT);
        assertThat(accept(11, 1, 0, 100, false)).isEqualTo(Progress.FAULT);
        assertThat(accept(11, 0, 0, 401, true)).isEqualTo(Progress.FAULT);
        assertThat(accept(11, 0, 0xFFFF_FE00, 100, false)).isEqualTo(Progress.FAULT);
        assertThat(accept(11, 0, 0, 100, false)).isEqualTo(Progress.MORE);
        assertThat(accept(11, 1, 100, 100, true))
                .as("a final bit before the end")
                .isEqualTo(Progress.FAULT);
    }

    @Test
    void dataBeyondWhatIsWanted_isCountedAndDropped() {
        Collector drops = new Collector(0, null, 1);
        drops.immediate(data(0, 100), Bhs.LENGTH, 100, 300, true);
        assertThat(drops.complete()).isFalse();
        in.put(1, (byte) 0x80);
        header(Bhs.TAG_NONE, 0, 100, 200, true);
        assertThat(drops.accept(in, 0, Bhs.LENGTH, 200)).isEqualTo(Progress.SEQUENCE_END);
        assertThat(drops.complete()).isTrue();
    }

    private Progress accept(int tag, int dataSn, int offset, int length, boolean isFinal) {
        data(offset, length);
        header(tag, dataSn, offset, length, isFinal);
        return collector.accept(in, 0, Bhs.LENGTH, length);
    }

    private ByteBuffer data(int offset, int length) {
        for (int i = 0; i < length; i++) {
            in.put(Bhs.LENGTH + i, (byte) ((offset + i) * 31));
        }
        return in;
    }

    private void header(int tag, int dataSn, int offset, int length, boolean isFinal) {
        Bhs.start(in, 0, Opcode.DATA_OUT, isFinal ? 0x80 : 0, length, 1);
        in.putInt(20, tag).putInt(36, dataSn).putInt(40, offset);
    }
}
