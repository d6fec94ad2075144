package dev.quoin.iscsi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrDecision;
import dev.quoin.iscsi.reservation.PrImage;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.reservation.PrRules;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.iscsi.reservation.PrType;
import dev.quoin.iscsi.reservation.Registrant;
import dev.quoin.iscsi.reservation.Reservation;
import dev.quoin.iscsi.scsi.Cdb;
import dev.quoin.iscsi.scsi.CdbDecoder;
import dev.quoin.iscsi.scsi.CopyList;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeList;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.OverwriteList;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** The decoders of command blocks, parameter lists and stored reservations. */
final class ListDecoders {

    private static final Nexus PORT = new Nexus("iqn.2026-11.dev.quoin:fuzz", 0x00023D010203L, 1);
    private static final int CDB = 16;
    private static final int BLOCK = 512;
    private static final String REFUSED = "refused";

    private ListDecoders() {}

    static List<FuzzTarget<?>> all() {
        List<FuzzTarget<?>> all = new ArrayList<>(List.of(
                commandBlocks(),
                copyLists(),
                overwriteLists(),
                modeLists(false),
                modeLists(true),
                transportIds(),
                images()));
        for (int action = 0; action <= PrOut.REGISTER_AND_MOVE; action++) {
            all.add(reserveLists(action));
        }
        return all;
    }

    private static FuzzTarget<?> commandBlocks() {
        byte[][] good = new byte[256][CDB];
        for (int i = 0; i < good.length; i++) {
            good[i][0] = (byte) i;
            good[i][8] = 1;
        }
        byte[] capacity = new byte[CDB];
        capacity[0] = (byte) 0x9E;
        capacity[1] = 0x10;
        return FuzzTarget.of(
                        "scsi.CdbDecoder.decode",
                        CDB,
                        new Limit(512, 0),
                        input -> CdbDecoder.decode(ByteBuffer.wrap(Arrays.copyOf(input, CDB)), 0))
                .covering("scsi.Cdb.lba", "scsi.Cdb.blocks", "scsi.Cdb.fua", "scsi.Cdb.opcode", "scsi.Cdb.protect")
                .from(good)
                .from(capacity)
                .checking((input, command) -> {
                    ByteBuffer block = ByteBuffer.wrap(Arrays.copyOf(input, CDB));
                    int opcode = Cdb.opcode(block, 0);
                    if (Cdb.isRead(opcode) && command instanceof ScsiCommand.Read(long lba, long blocks)) {
                        assertThat(Cdb.lba(block, 0)).isEqualTo(lba);
                        assertThat(Cdb.blocks(block, 0)).isEqualTo(blocks);
                    }
                    if (Cdb.isWrite(opcode)
                            && command instanceof ScsiCommand.Write(long lba, long blocks, boolean fua)) {
                        assertThat(Cdb.lba(block, 0)).isEqualTo(lba);
                        assertThat(Cdb.blocks(block, 0)).isEqualTo(blocks);
                        assertThat(Cdb.fua(block, 0)).isEqualTo(fua);
                    }
                });
    }

    private static FuzzTarget<?> copyLists() {
        byte[] good = ByteBuffer.allocate(16 + 32 + 28)
                .putShort(2, (short) 32)
                .putInt(8, 28)
                .put(16, (byte) 0xE4)
                .put(20, (byte) 1)
                .put(21, (byte) 3)
                .put(23, (byte) 8)
                .put(48, (byte) 0x02)
                .putShort(50, (short) 24)
                .putShort(58, (short) 64)
                .array();
        return FuzzTarget.of(
                        "scsi.CopyList.read",
                        2_200,
                        new Limit(1_024, 16),
                        input -> CopyList.read(ByteBuffer.wrap(input)))
                .from(good)
                .sortedBy(read -> read instanceof CopyList.Wrong ? read : CopyList.Good.class)
                .checking((input, read) -> {
                    if (read instanceof CopyList.Good(CopyList copy)) {
                        assertThat(copy.segments()).hasSizeLessThanOrEqualTo(CopyList.SEGMENTS_MAX);
                        assertThat(copy.targets()).hasSizeLessThanOrEqualTo(CopyList.TARGETS_MAX);
                    }
                });
    }

    private static FuzzTarget<?> overwriteLists() {
        byte[] good = {(byte) 0x82, 0, 0, 4, 1, 2, 3, 4};
        return FuzzTarget.of("scsi.OverwriteList.read", 600, new Limit(1_024, 4), input -> {
                    OverwriteList list = OverwriteList.read(ByteBuffer.wrap(input), BLOCK);
                    return list == null ? REFUSED : list;
                })
                .from(good)
                .sortedBy(Object::getClass)
                .checking((input, read) -> {
                    if (read instanceof OverwriteList list) {
                        assertThat(list.passes()).isBetween(1, 31);
                        assertThat(list.pattern()).hasSizeBetween(1, BLOCK);
                    }
                });
    }

    private static FuzzTarget<?> modeLists(boolean ten) {
        int header = ten ? 8 : 4;
        byte[] control = ByteBuffer.allocate(header + 12)
                .position(header)
                .put(new byte[] {0x0A, 0x0A, 0x24, 0x10, 8})
                .array();
        byte[] provisioning = ByteBuffer.allocate(header + 24)
                .position(header)
                .put(new byte[] {0x5C, 2, 0, 20})
                .array();
        MemoryDevice device = MemoryDevice.thin("fuzzed", BLOCK, 1 << 20, 1 << 19, 1 << 17);
        LogicalUnit unit = new LogicalUnit(0, device, UnitIdentity.of("fuzzed"));
        return FuzzTarget.of(
                        "scsi.ModeList.read",
                        300,
                        new Limit(1_024, 32),
                        input -> ModeList.read(ten, ByteBuffer.wrap(input), unit, ModeSettings.DEFAULT))
                .covering("scsi.ModePage.select")
                .from(control, provisioning)
                .sortedBy(read -> read);
    }

    private static byte[] reserveList(int action) {
        byte[] id = PORT.transportId();
        return action == PrOut.REGISTER_AND_MOVE
                ? ByteBuffer.allocate(24 + id.length)
                        .putLong(1)
                        .putLong(2)
                        .putShort(18, (short) 1)
                        .putInt(20, id.length)
                        .put(24, id)
                        .array()
                : ByteBuffer.allocate(28 + id.length)
                        .putLong(1)
                        .putLong(2)
                        .put(20, (byte) 0x08)
                        .putInt(24, id.length)
                        .put(28, id)
                        .array();
    }

    private static FuzzTarget<?> reserveLists(int action) {
        PrState registered = new PrState(1, List.of(new Registrant(PORT, 1, false)), null, false);
        byte[] plain =
                ByteBuffer.allocate(PrOut.LIST_LENGTH).putLong(1).putLong(2).array();
        return FuzzTarget.of(
                        "reservation.PrOut.read",
                        300,
                        new Limit(8_192, 64),
                        input -> PrOut.read(
                                new ScsiCommand.PersistentReserveOut(action, 0, 5, input.length),
                                ByteBuffer.wrap(input),
                                1,
                                List.of(1, 2)))
                .from(reserveList(action), plain)
                .sortedBy(read -> read instanceof PrOut.Wrong ? read : PrOut.Ordered.class)
                .checking((input, read) -> {
                    // Whatever was asked for, the rules have an answer that is a state again.
                    if (read instanceof PrOut.Ordered(var order)
                            && PrRules.decide(registered, PORT, order)
                                    instanceof PrDecision.Done(PrState next, var _, var _)) {
                        assertThat(PrImage.decode(PrImage.encode(next)).registrants())
                                .hasSameSizeAs(next.registrants());
                    }
                });
    }

    private static FuzzTarget<?> transportIds() {
        return FuzzTarget.of("reservation.Nexus.parse", 300, new Limit(8_192, 16), input -> {
                    Nexus.Parsed parsed = Nexus.parse(ByteBuffer.wrap(input), 0, input.length, 1);
                    return parsed == null ? new Nexus.Parsed(PORT, 0) : parsed;
                })
                .from(PORT.transportId())
                .sortedBy(parsed -> parsed.end() == 0)
                .checking((input, parsed) -> {
                    assertThat(parsed.end()).isBetween(0, input.length);
                    assertThat(parsed.nexus().isid()).isBetween(0L, 0xFFFF_FFFF_FFFFL);
                });
    }

    private static FuzzTarget<?> images() {
        PrState state = new PrState(
                3, List.of(new Registrant(PORT, 9, true)), new Reservation(PrType.EXCLUSIVE_ACCESS, PORT), true);
        byte[] sealed = PrImage.encode(state);
        return FuzzTarget.of(
                        "reservation.PrImage.decode", 400, new Limit(16_384, 64), input -> decoded(resealed(input)))
                .from(Arrays.copyOf(sealed, sealed.length - 4))
                .rarely(4)
                .sortedBy(text -> text.substring(0, 16))
                .checking((input, text) -> assertThat(text).containsPattern("found|registrants|midst"));
    }

    private static String decoded(byte[] image) {
        try {
            return PrImage.decode(image).registrants().isEmpty()
                    ? "good, without registrants"
                    : "good, with registrants";
        } catch (IOException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    /** The input with the checksum that lets its contents be looked at; some keep a wrong one. */
    private static byte[] resealed(byte[] input) {
        CRC32C crc = new CRC32C();
        crc.update(input);
        int sum = input.length % 8 == 7 ? 0 : (int) crc.getValue();
        return ByteBuffer.allocate(input.length + 4).put(input).putInt(sum).array();
    }
}
