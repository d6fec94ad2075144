package dev.quoin.iscsi.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.iscsi.scsi.SenseCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Proves the forms in which reservations are kept and told. */
class PrStateImageTest {

    private static final Nexus A = new Nexus("iqn.2026-11.test:a", 0x00023D000001L, 1);
    private static final Nexus B = new Nexus("iqn.2026-11.test:bc", 2, 1);
    private static final PrState STATE = new PrState(
            5,
            List.of(new Registrant(A, 0x1122334455667788L, false), new Registrant(B, 2, true)),
            new Reservation(PrType.EXCLUSIVE_ACCESS_REGISTRANTS_ONLY, B),
            true);

    static PrState again(PrState state) {
        try {
            return PrImage.decode(PrImage.encode(state));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void image_isWrittenAsTheTableSays() {
        assertThat(HexFormat.of().formatHex(PrImage.encode(STATE)))
                .isEqualTo("02" + "03" + "06" + "00000005" + "0002" + "0001"
                        + "1122334455667788" + "000000023d000001"
                        + "0001" + "00" + "12"
                        + HexFormat.of()
                                .formatHex("iqn.2026-11.test:a".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        + "0000000000000002" + "0000000000000002" + "0001" + "01" + "13"
                        + HexFormat.of()
                                .formatHex("iqn.2026-11.test:bc".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        + "0000"
                        + crc(PrImage.encode(STATE)));
        Registrant left = STATE.registrants().get(1);
        PrState after = new PrState(6, List.of(left), null, false);
        PrChange change = new PrChange(STATE, after, Map.of(A, SenseCode.REGISTRATIONS_PREEMPTED), List.of(A));
        byte[] image = PrImage.encode(change);
        assertThat(HexFormat.of().formatHex(image)).endsWith("0002" + "07" + "00" + crc(image));
    }

    @Test
    void change_isToldToThoseWhoKnowWhatWasBefore() throws Exception {
        PrState after = new PrState(6, List.of(STATE.registrants().get(1)), null, false);
        for (SenseCode code : List.of(
                SenseCode.REGISTRATIONS_PREEMPTED, SenseCode.RESERVATIONS_PREEMPTED, SenseCode.RESERVATIONS_RELEASED)) {
            for (List<Nexus> aborted : List.of(List.<Nexus>of(), List.of(A))) {
                PrChange change = new PrChange(STATE, after, Map.of(A, code), aborted);
                assertThat(PrImage.decode(STATE, PrImage.encode(change))).isEqualTo(change);
            }
        }
        PrChange change = new PrChange(STATE, after, Map.of(A, SenseCode.REGISTRATIONS_PREEMPTED), List.of());
        assertThat(PrImage.decode(PrState.NONE, PrImage.encode(change)))
                .isEqualTo(new PrChange(PrState.NONE, after, Map.of(), List.of()));
    }

    /** What an earlier release has kept. */
    @Test
    void imageOfVersionOne_isRead() throws Exception {
        byte[] now = PrImage.encode(STATE);
        byte[] old = Arrays.copyOf(now, now.length - 2);
        old[0] = 1;
        ByteBuffer.wrap(old).putInt(old.length - 4, (int) Long.parseLong(crc(old), 16));
        assertThat(PrImage.decode(old)).isEqualTo(STATE);
    }

    /** As many as may be, with the longest names, fit into a value of a registry. */
    @Test
    void image_ofTheMostRegistrants_fits() {
        List<Registrant> all = new ArrayList<>();
        for (int i = 0; i < PrState.REGISTRANTS_MAX; i++) {
            all.add(new Registrant(new Nexus("i".repeat(Nexus.NAME_BYTES_MAX), i, 1), 7, false));
        }
        PrState full = new PrState(1, all, null, true);
        PrChange change =
                new PrChange(full, full, Map.of(all.getFirst().nexus(), SenseCode.RESERVATIONS_RELEASED), List.of());
        assertThat(PrImage.encode(change)).hasSizeLessThan(65_536 - 16);
    }

    private static String crc(byte[] image) {
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(image, 0, image.length - 4);
        return "%08x".formatted((int) crc.getValue());
    }

    @Test
    void image_comesBack_andDamageIsFound() {
        assertThat(again(STATE)).isEqualTo(STATE);
        assertThat(again(PrState.NONE)).isEqualTo(PrState.NONE);
        byte[] image = PrImage.encode(STATE);
        for (int at = 0; at < image.length; at++) {
            byte[] damaged = image.clone();
            damaged[at] ^= 0x10;
            assertThatThrownBy(() -> PrImage.decode(damaged)).isInstanceOf(IOException.class);
        }
        for (int length = 0; length < image.length; length++) {
            byte[] cut = Arrays.copyOf(image, length);
            assertThatThrownBy(() -> PrImage.decode(cut)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void transportId_isReadAsItIsWritten() {
        byte[] id = A.transportId();
        assertThat(id.length % 4).isZero();
        assertThat(HexFormat.of().formatHex(id, 0, 4)).isEqualTo("4500%04x".formatted(id.length - 4));
        assertThat(new String(id, 4, id.length - 4, java.nio.charset.StandardCharsets.UTF_8))
                .startsWith("iqn.2026-11.test:a,i,0x00023d000001\0");
        assertThat(Nexus.parse(ByteBuffer.wrap(id), 0, id.length, 1)).isEqualTo(new Nexus.Parsed(A, id.length));
        for (int length = 0; length < id.length; length++) {
            assertThat(Nexus.parse(ByteBuffer.wrap(id), 0, length, 1)).isNull();
        }
    }

    @Test
    void answers_areAsTheStandardSays() {
        assertThat(HexFormat.of().formatHex(PrIn.answer(PrIn.READ_KEYS, STATE)))
                .isEqualTo("00000005" + "00000010" + "1122334455667788" + "0000000000000002");
        assertThat(HexFormat.of().formatHex(PrIn.answer(PrIn.READ_RESERVATION, STATE)))
                .isEqualTo("00000005" + "00000010" + "0000000000000002" + "00000000" + "00" + "06" + "0000");
        assertThat(HexFormat.of().formatHex(PrIn.answer(PrIn.READ_RESERVATION, PrState.NONE)))
                .isEqualTo("0000000000000000");
        assertThat(HexFormat.of().formatHex(PrIn.answer(PrIn.REPORT_CAPABILITIES, STATE)))
                .isEqualTo("00080d81ea010000");
        byte[] full = PrIn.answer(PrIn.READ_FULL_STATUS, STATE);
        int second = 8 + 24 + A.transportId().length;
        assertThat(HexFormat.of().formatHex(full, 0, 32))
                .startsWith("00000005" + "%08x".formatted(full.length - 8) + "1122334455667788" + "00000000" + "0000"
                        + "00000000" + "0001");
        assertThat(HexFormat.of().formatHex(full, second, second + 20))
                .isEqualTo("0000000000000002" + "00000000" + "0306" + "00000000" + "0001");
        assertThat(full).hasSize(8 + 48 + A.transportId().length + B.transportId().length);
    }
}
