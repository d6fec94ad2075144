package dev.quoin.tools.view;

import dev.quoin.admin.proto.DeviceFinding;
import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.FoundArray;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.OutputFormat;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Proves that what {@code quoin array examine} and {@code quoin array assemble --dry-run} print of devices stays as it was agreed on. */
class ExaminationViewTest {

    private static final String UUID = "0190b0c4-0000-7000-8000-000000000001";

    private static final ExamineDevicesReply FILES = ExamineDevicesReply.newBuilder()
            .addDevices(
                    of("main", 0, 12).setDevice("file:/d/0").setKind("member").setDetail("is member 0"))
            .addDevices(of("main", 1, 9)
                    .setDevice("file:/d/1")
                    .setKind("stale")
                    .setDetail("is member 1, which is stale: events 9 found, 12 expected"))
            .addDevices(DeviceFinding.newBuilder()
                    .setDevice("file:/d/notes")
                    .setKind("foreign")
                    .setDetail("holds something, and no superblock of an array"))
            .addDevices(DeviceFinding.newBuilder()
                    .setDevice("file:/d/gone")
                    .setKind("unreachable")
                    .setDetail("cannot be opened: file:/d/gone: nothing found"))
            .addArrays(FoundArray.newBuilder()
                    .setName("main")
                    .setUuid(UUID)
                    .setLevel("5")
                    .setMembers(3)
                    .setStart("forced")
                    .setWhy("1 usable of 3 members found")
                    .addLoss("file:/d/1 (role 1) is behind.")
                    .addLoss("Blocks of role 2 are lost."))
            .addArrays(FoundArray.newBuilder()
                    .setName("spares")
                    .setUuid("0190b0c4-0000-7000-8000-000000000002")
                    .setLevel("1")
                    .setStart("refused")
                    .setWhy("only spares of it were found"))
            .build();

    private static final ExamineDevicesReply DISKS = ExamineDevicesReply.newBuilder()
            .addDevices(of("main", 0, 12)
                    .setDevice("file:/dev/disk/by-id/ata-A")
                    .setKind("member")
                    .setSerial("S4EWNX0M000001")
                    .setDetail("is member 0"))
            .addDevices(
                    of("main", 1, 12).setDevice("file:/d/1").setKind("member").setDetail("is member 1"))
            .addDevices(DeviceFinding.newBuilder()
                    .setDevice("file:/dev/disk/by-id/ata-C")
                    .setKind("unreachable")
                    .setSerial("S4EWNX0M000003")
                    .setDetail("cannot be opened: file:/dev/disk/by-id/ata-C: nothing found"))
            .addArrays(FoundArray.newBuilder()
                    .setName("main")
                    .setUuid(UUID)
                    .setLevel("5")
                    .setMembers(3)
                    .setStart("degraded")
                    .setWhy("without role [2]"))
            .build();

    private final FakeTerminal terminal = FakeTerminal.script();
    private final Golden golden = new Golden(terminal);

    private static DeviceFinding.Builder of(String array, int role, long events) {
        return DeviceFinding.newBuilder()
                .setArray(array)
                .setUuid(UUID)
                .setRole(role)
                .setEvents(events)
                .setExpectedEvents(12);
    }

    @Test
    void files_printed_areAsAgreed_withWhatIsLostByForce() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            ExaminationView.print(terminal.terminal(), format, FILES);
            golden.assertPrinted("array-examine", format);
        }
    }

    @Test
    void disks_printed_areAsAgreed_withTheirSerialNumbers() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            ExaminationView.print(terminal.terminal(), format, DISKS);
            golden.assertPrinted("array-examine-disks", format);
        }
    }

    @Test
    void nothingFound_printed_isAsAgreed() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            ExaminationView.print(terminal.terminal(), format, ExamineDevicesReply.getDefaultInstance());
            golden.assertPrinted("array-examine-nothing", format);
        }
    }
}
