package dev.quoin.iscsi.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Proves that command blocks of each form are read as SPC-4 and SBC-4 lay them out. */
class CdbDecoderTest {

    @Test
    void readAndWrite_ofEachForm_haveTheirBlocks() {
        assertThat(decode("08 1f ff ff 00 00")).isEqualTo(new ScsiCommand.Read(0x1F_FFFF, 256));
        assertThat(decode("08 e1 02 03 05 00")).isEqualTo(new ScsiCommand.Read(0x1_0203, 5));
        assertThat(decode("28 00 ff ff ff fe 00 01 02 00")).isEqualTo(new ScsiCommand.Read(0xFFFF_FFFEL, 0x102));
        assertThat(decode("a8 00 00 00 00 01 ff ff ff ff 00 00")).isEqualTo(new ScsiCommand.Read(1, 0xFFFF_FFFFL));
        assertThat(decode("88 00 01 02 03 04 05 06 07 08 00 00 00 10 00 00"))
                .isEqualTo(new ScsiCommand.Read(0x0102_0304_0506_0708L, 16));
        assertThat(decode("88 00 ff ff ff ff ff ff ff ff 00 00 00 01 00 00")).isEqualTo(new ScsiCommand.Read(-1, 1));
        assertThat(decode("0a 00 00 02 01 00")).isEqualTo(new ScsiCommand.Write(2, 1, false));
        assertThat(decode("2a 08 00 00 00 02 00 00 01 00")).isEqualTo(new ScsiCommand.Write(2, 1, true));
        assertThat(decode("8a 18 00 00 00 00 00 00 00 02 00 00 00 01 00 00"))
                .isEqualTo(new ScsiCommand.Write(2, 1, true));
    }

    @Test
    void protectionInformation_isAFieldThatNoUnitAccepts() {
        assertThat(decode("28 20 00 00 00 00 00 00 01 00")).isEqualTo(new ScsiCommand.InvalidField(1));
        assertThat(decode("8a e0 00 00 00 00 00 00 00 00 00 00 00 01 00 00"))
                .isEqualTo(new ScsiCommand.InvalidField(1));
    }

    @Test
    void otherCommands_areReadWithTheirFields() {
        assertThat(decode("12 01 83 01 00 00")).isEqualTo(new ScsiCommand.Inquiry(true, 0x83, 256));
        assertThat(decode("12 00 83 01 00 00")).isEqualTo(new ScsiCommand.InvalidField(2));
        assertThat(decode("1a 08 48 ff 20 00"))
                .isEqualTo(new ScsiCommand.ModeSense(false, true, false, 1, 8, 0xFF, 32));
        assertThat(decode("9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 00"))
                .isEqualTo(new ScsiCommand.ReadCapacity16(Integer.MAX_VALUE));
        assertThat(decode("9e 1f")).isEqualTo(new ScsiCommand.Unsupported(0x9E));
        assertThat(decode("42 01 00 00 00 00 00 00 18 00")).isEqualTo(new ScsiCommand.Unmap(true, 24));
        assertThat(decode("93 09 00 00 00 00 00 00 00 05 00 00 00 02 00 00"))
                .isEqualTo(new ScsiCommand.WriteSame(5, 2, true, false, true));
        assertThat(decode("2f 02 00 00 00 05 00 00 02 00")).isEqualTo(new ScsiCommand.Verify(5, 2, 1));
        assertThat(decode("2f 04 00 00 00 05 00 00 02 00")).isEqualTo(new ScsiCommand.InvalidField(1));
        assertThat(decode("1b 00 00 00 01 00")).isEqualTo(new ScsiCommand.StartUnit());
        assertThat(decode("1b 00 00 00 00 00")).isEqualTo(new ScsiCommand.InvalidField(4));
        assertThat(decode("35 00")).isEqualTo(new ScsiCommand.SynchronizeCache(0, 0, false));
        assertThat(decode("9c 08 00 00 00 00 00 00 00 05 00 00 01 02 00 00"))
                .isEqualTo(new ScsiCommand.WriteAtomic(5, 258, true));
        assertThat(decode("9c 00 00 00 00 00 00 00 00 05 00 08 00 08 00 00"))
                .as("an atomic boundary")
                .isEqualTo(new ScsiCommand.InvalidField(10));
        assertThat(decode("48 a1 00 00 00 00 00 02 04 00")).isEqualTo(new ScsiCommand.Sanitize(1, true, true, 516));
        assertThat(decode("48 03 00 00 00 00 00 00 00 00")).isEqualTo(new ScsiCommand.InvalidField(1));
        assertThat(decode("48 02 00 00 01 00 00 00 00 00")).isEqualTo(new ScsiCommand.InvalidField(4));
        assertThat(decode("ff 00")).isEqualTo(new ScsiCommand.Unsupported(0xFF));
    }

    @Test
    void everyReportedCommand_isKnownToTheDecoder() {
        for (SupportedOpcodes.Entry entry : SupportedOpcodes.all()) {
            byte[] cdb = new byte[Cdb.LENGTH];
            cdb[0] = (byte) entry.opcode();
            if (entry.action() != SupportedOpcodes.NO_ACTION) {
                cdb[1] = (byte) entry.action();
            }
            assertThat(CdbDecoder.decode(ByteBuffer.wrap(cdb), 0))
                    .as("opcode %02x", entry.opcode())
                    .isNotInstanceOf(ScsiCommand.Unsupported.class);
            assertThat(entry.usage()[0]).isEqualTo((byte) entry.opcode());
            assertThat(entry.usage().length).isIn(6, 10, 12, 16);
        }
    }

    @Test
    void everyCommandThatTheDecoderKnows_isReported() {
        for (int opcode = 0; opcode < 256; opcode++) {
            for (int action = 0; action < 32; action++) {
                byte[] cdb = new byte[Cdb.LENGTH];
                cdb[0] = (byte) opcode;
                cdb[1] = (byte) action;
                ScsiCommand decoded = CdbDecoder.decode(ByteBuffer.wrap(cdb), 0);
                // Of an unknown service action of these the field is at fault, of others the operation code.
                boolean ofField = opcode == Cdb.PERSISTENT_RESERVE_IN
                        || opcode == Cdb.PERSISTENT_RESERVE_OUT
                        || opcode == Cdb.SANITIZE;
                boolean known = !(decoded instanceof ScsiCommand.Unsupported)
                        && !(ofField && decoded instanceof ScsiCommand.InvalidField);
                int op = opcode;
                int sa = action;
                boolean reported = SupportedOpcodes.all().stream()
                        .anyMatch(e ->
                                e.opcode() == op && (e.action() == SupportedOpcodes.NO_ACTION || e.action() == sa));
                assertThat(reported)
                        .as("opcode %02x action %02x", opcode, action)
                        .isEqualTo(known);
            }
        }
    }

    private static ScsiCommand decode(String hex) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        return CdbDecoder.decode(ByteBuffer.wrap(Arrays.copyOf(bytes, Cdb.LENGTH)), 0);
    }
}
