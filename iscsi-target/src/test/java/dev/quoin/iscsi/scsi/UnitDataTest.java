package dev.quoin.iscsi.scsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves the bytes by which a unit describes itself: INQUIRY pages, capacity, mode pages, LUN list, sense. */
class UnitDataTest {

    private static final UnitIdentity IDENTITY = UnitIdentity.of("vol-1");

    @Test
    void standardInquiry_isThatOfADisk() {
        byte[] data = InquiryData.standard(IDENTITY);
        assertThat(hex(data).substring(0, 16)).isEqualTo("000006125b180002");
        assertThat(new String(data, 8, 28, StandardCharsets.US_ASCII)).isEqualTo("QUOIN   VOLUME          0001");
        assertThat(hex(data).substring(116, 132)).isEqualTo("00a0046004c00960");
        assertThat(data[4]).isEqualTo((byte) (data.length - 5));
        assertThat(InquiryData.absent()[0]).isEqualTo((byte) 0x7F);
    }

    @Test
    void vitalPages_haveTheirHeadersAndFields() {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            LogicalUnit unit = new LogicalUnit(3, device, IDENTITY);
            byte[] list = page(0x00, unit);
            for (int i = 4; i < list.length; i++) {
                byte[] page = page(list[i] & 0xFF, unit);
                assertThat(page[1]).isEqualTo(list[i]);
                assertThat(((page[2] & 0xFF) << 8) | (page[3] & 0xFF)).isEqualTo(page.length - 4);
            }
            assertThat(InquiryData.page(0x81, unit, TargetPort.of("iqn.x:y", 0, 1)))
                    .isNull();
            assertThat(hex(page(0x80, unit))).isEqualTo("00800005" + "766f6c2d31");
            ByteBuffer limits = ByteBuffer.wrap(page(0xB0, unit));
            assertThat(limits.getInt(8)).isEqualTo(LogicalUnit.TRANSFER_BYTES_MAX / 512);
            assertThat(limits.getLong(36)).isEqualTo(LogicalUnit.WRITE_SAME_BYTES_MAX / 512);
            assertThat(hex(page(0xB1, unit)).substring(0, 12)).isEqualTo("00b1003c0001");
        }
    }

    @Test
    void designators_areWellFormed_andDifferByUnit() {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            byte[] page = page(0x83, new LogicalUnit(3, device, IDENTITY));
            int at = 4;
            int count = 0;
            while (at < page.length) {
                at += 4 + (page[at + 3] & 0xFF);
                count++;
            }
            assertThat(at).isEqualTo(page.length);
            assertThat(count).isEqualTo(5);
            assertThat(page[8] >>> 4).isEqualTo(3);
            assertThat(UnitIdentity.of("vol-2").locallyAssigned()).isNotEqualTo(IDENTITY.locallyAssigned());
            assertThat(new UnitIdentity("QUOIN", "OTHER", "0002", "vol-1").locallyAssigned())
                    .isEqualTo(IDENTITY.locallyAssigned());
        }
    }

    @Test
    void identity_ofBadText_isRefused() {
        assertThatThrownBy(() -> UnitIdentity.of(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnitIdentity.of("s".repeat(65))).hasMessageContaining("64");
        assertThatThrownBy(() -> new UnitIdentity("NINECHARS", "P", "1", "s")).hasMessageContaining("vendor");
        assertThatThrownBy(() -> UnitIdentity.of("ü")).hasMessageContaining("printable");
    }

    @Test
    void capacity_ofABlockDevice_isTheLastBlock() {
        try (BlockDevice device = new MemoryDevice("memory", 4096, 1 << 20)) {
            LogicalUnit unit = new LogicalUnit(0, device, IDENTITY);
            assertThat(hex(CapacityData.ten(unit))).isEqualTo("000000ff00001000");
            assertThat(hex(CapacityData.sixteen(unit)).substring(0, 24)).isEqualTo("00000000000000ff00001000");
            assertThat(CapacityData.sixteen(unit)).hasSize(32);
        }
    }

    @Test
    void modePages_sayThatTheCacheIsOn_andThatItCannotBeChanged() {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            LogicalUnit unit = new LogicalUnit(0, device, IDENTITY);
            assertThat(hex(mode(new ScsiCommand.ModeSense(false, true, false, 0, 0x08, 0, 255), unit)))
                    .isEqualTo("17001000" + "0812040000000000000000000000000000000000");
            assertThat(hex(mode(new ScsiCommand.ModeSense(false, true, false, 1, 0x08, 0, 255), unit)))
                    .isEqualTo("17001000" + "0812000000000000000000000000000000000000");
            byte[] all = mode(new ScsiCommand.ModeSense(true, false, true, 0, 0x3F, 0, 255), unit);
            assertThat(hex(all).substring(0, 16)).isEqualTo("004e001001000010");
            assertThat(all).hasSize(8 + 16 + 12 + 20 + 12 + 12);
            LogicalUnit protectedUnit = new LogicalUnit(0, device, IDENTITY, true);
            assertThat(mode(new ScsiCommand.ModeSense(false, true, false, 0, 0x0A, 0, 255), protectedUnit)[2])
                    .isEqualTo((byte) 0x90);
            assertThat(answer(new ScsiCommand.ModeSense(false, true, false, 3, 0x08, 0, 255), unit))
                    .isEqualTo(new ModeData.Refused(Sense.of(SenseCode.SAVING_PARAMETERS_NOT_SUPPORTED)));
            assertThat(answer(new ScsiCommand.ModeSense(false, true, false, 0, 0x05, 0, 255), unit))
                    .isEqualTo(new ModeData.Refused(Sense.invalidField(2)));
        }
    }

    @Test
    void lunList_isSorted() {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            List<LogicalUnit> units =
                    List.of(new LogicalUnit(300, device, IDENTITY), new LogicalUnit(1, device, IDENTITY));
            assertThat(hex(LunList.of(0, units))).isEqualTo("00000010000000000001000000000000412c000000000000");
            assertThat(hex(LunList.of(1, units))).isEqualTo("0000000000000000");
        }
    }

    @Test
    void sense_hasItsFixedAndDescriptorForm() {
        assertThat(hex(Sense.of(SenseCode.LBA_OUT_OF_RANGE).fixed()))
                .isEqualTo("70000500000000" + "0a00000000" + "2100" + "00000000");
        assertThat(hex(new Sense(SenseCode.UNRECOVERED_READ_ERROR, 0x1234, -1).fixed()))
                .isEqualTo("f0000300001234" + "0a00000000" + "1100" + "00000000");
        assertThat(hex(Sense.invalidField(2).fixed())).isEqualTo("70000500000000" + "0a00000000" + "2400" + "00c00002");
        assertThat(hex(Sense.of(SenseCode.POWER_ON_OR_RESET).descriptor())).isEqualTo("7206290000000000");
        assertThat(hex(new Sense(SenseCode.UNRECOVERED_READ_ERROR, 0x1234, -1).descriptor()))
                .isEqualTo("720311000000000c" + "000a80000000000000001234");
        assertThat(hex(Sense.invalidField(2).descriptor())).isEqualTo("7205240000000008" + "02060000c0000200");
    }

    private static byte[] page(int number, LogicalUnit unit) {
        byte[] page = InquiryData.page(number, unit, TargetPort.of("iqn.2026-11.dev.quoin:test", 0, 1));
        assertThat(page).isNotNull();
        return page == null ? new byte[0] : page;
    }

    private static byte[] mode(ScsiCommand.ModeSense command, LogicalUnit unit) {
        return ((ModeData.Data) answer(command, unit)).bytes();
    }

    private static ModeData.Answer answer(ScsiCommand.ModeSense command, LogicalUnit unit) {
        return ModeData.answer(command, unit, ModeSettings.DEFAULT);
    }

    private static ModeList.Read select(String list, ModeSettings now) {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20)) {
            ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(list));
            return ModeList.read(false, bytes, new LogicalUnit(0, device, IDENTITY), now);
        }
    }

    @Test
    void modeList_changesWhatMayBeChanged_andNothingElse() {
        ModeSettings both = new ModeSettings(true, true, true);
        assertThat(select("00000000" + "0a0a24100800000000000000", ModeSettings.DEFAULT))
                .isEqualTo(new ModeList.Changed(both));
        assertThat(select("00000000" + "0a0a20100000000000000000", both))
                .isEqualTo(new ModeList.Changed(ModeSettings.DEFAULT));
        // The queue algorithm, the cache, a page that is none.
        var wrong = new ModeList.Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        assertThat(select("00000000" + "0a0a20000000000000000000", both)).isEqualTo(wrong);
        assertThat(select("00000000" + "0812000000000000000000000000000000000000", both))
                .isEqualTo(wrong);
        assertThat(select("00000000" + "050a", both)).isEqualTo(wrong);
        assertThat(select("00000000" + "0a0a2410", both))
                .isEqualTo(new ModeList.Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR));
        assertThat(select("000000ff", both)).isEqualTo(new ModeList.Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR));
        assertThat(select("", both)).isEqualTo(new ModeList.Changed(both));
    }

    @Test
    void portGroups_areOneForEachPort_andActive() {
        TargetPort first = TargetPort.of("iqn.x:y", 0, 1);
        TargetPort second = TargetPort.of("iqn.x:y", 3, 2);
        assertThat(hex(PortGroups.report(false, List.of(first)))).isEqualTo("0000000c" + "000100010000000100000001");
        assertThat(hex(PortGroups.report(true, List.of(first, second))))
                .isEqualTo("0000001c" + "10000000" + "000100010000000100000001" + "000103020000000100000302");
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
