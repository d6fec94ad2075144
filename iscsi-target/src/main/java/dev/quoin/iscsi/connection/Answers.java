package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.reservation.PrIn;
import dev.quoin.iscsi.scsi.CapacityData;
import dev.quoin.iscsi.scsi.CopyData;
import dev.quoin.iscsi.scsi.InquiryData;
import dev.quoin.iscsi.scsi.LogData;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.LunList;
import dev.quoin.iscsi.scsi.ModeData;
import dev.quoin.iscsi.scsi.PortGroups;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.SupportedOpcodes;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.ServedUnit;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What the commands come to that are answered at once, without a device. Connection's thread only. */
final class Answers {

    private static final Outcome NO_UNIT = Outcomes.check(SenseCode.LOGICAL_UNIT_NOT_SUPPORTED);

    private final Session session;
    private final Copies copies;
    private final TargetContext target;

    Answers(Session session, Copies copies, TargetContext target) {
        this.copies = copies;
        this.session = session;
        this.target = target;
    }

    /** Where there is no unit only the commands that find out are answered (SPC-4 6.6.2, 6.33, 6.39). */
    Outcome withoutUnit(int number, ScsiCommand command) {
        return switch (command) {
            case ScsiCommand.Inquiry c -> c.vital() ? NO_UNIT : data(InquiryData.absent(), c.allocationLength());
            case ScsiCommand.ReportLuns c -> number == 0 ? reportLuns(c) : NO_UNIT;
            case ScsiCommand.RequestSense c -> {
                Sense sense = Sense.of(SenseCode.LOGICAL_UNIT_NOT_SUPPORTED);
                yield data(c.descriptor() ? sense.descriptor() : sense.fixed(), c.allocationLength());
            }
            default -> NO_UNIT;
        };
    }

    /** What a command comes to that nothing stands against; not one of those that last, nor READ. */
    Outcome of(ScsiCommand command, ServedUnit served) {
        LogicalUnit unit = served.unit();
        return switch (command) {
            case ScsiCommand.TestUnitReady _, ScsiCommand.StartUnit _, ScsiCommand.PreventAllow _ -> Outcomes.GOOD;
            case ScsiCommand.RequestSense c -> requestSense(c, served);
            case ScsiCommand.Inquiry c -> inquiry(c, unit);
            case ScsiCommand.ReadCapacity10 _ -> new Outcome.Data(CapacityData.ten(unit));
            case ScsiCommand.ReadCapacity16 c -> data(CapacityData.sixteen(unit), c.allocationLength());
            case ScsiCommand.GetLbaStatus c -> lbaStatus(c, unit);
            case ScsiCommand.Prefetch c -> prefetch(c, unit);
            case ScsiCommand.ReadDefectData c -> defects(c);
            case ScsiCommand.ModeSense c -> modeSense(c, served);
            case ScsiCommand.LogSense c -> logSense(c, unit);
            case ScsiCommand.ReceiveCopyResults c ->
                orInvalid(
                        c.action() == CopyData.OPERATING_PARAMETERS
                                ? CopyData.operatingParameters()
                                : copies.takeStatus(c.listId()),
                        2,
                        c.allocationLength());
            case ScsiCommand.ReportLuns c -> reportLuns(c);
            case ScsiCommand.ReportTargetPortGroups c ->
                data(PortGroups.report(c.extended(), target.ports().get()), c.allocationLength());
            case ScsiCommand.ReportSupportedOpcodes c -> {
                byte[] list = SupportedOpcodes.answer(c, unit);
                yield list == null ? new Outcome.Check(Sense.invalidField(2)) : data(list, c.allocationLength());
            }
            case ScsiCommand.ReportSupportedTaskFunctions c ->
                data(SupportedOpcodes.taskFunctions(c.extended()), c.allocationLength());
            case ScsiCommand.Reserve _ ->
                served.reservations().reserve(session.port()) ? Outcomes.GOOD : Outcomes.CONFLICT;
            case ScsiCommand.Release _ -> {
                served.reservations().release(session.port());
                yield Outcomes.GOOD;
            }
            case ScsiCommand.PersistentReserveIn c ->
                served.reservations().isSettled()
                        ? data(PrIn.answer(c.action(), served.reservations().state()), c.allocationLength())
                        : Outcomes.BUSY;
            case ScsiCommand.Unsupported _ -> Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE);
            case ScsiCommand.InvalidField c -> new Outcome.Check(Sense.invalidField(c.cdbByte()));
            case ScsiCommand.Read _, ScsiCommand.Lasting _ ->
                throw new IllegalArgumentException(command + " is not answered at once");
        };
    }

    private Outcome inquiry(ScsiCommand.Inquiry command, LogicalUnit unit) {
        byte[] bytes = command.vital()
                ? InquiryData.page(command.page(), unit, target.port())
                : InquiryData.standard(unit.identity());
        return orInvalid(bytes, 2, command.allocationLength());
    }

    /** What is pending; else how far a sanitizing has come, if there is one (SPC-4 6.39). */
    private Outcome requestSense(ScsiCommand.RequestSense command, ServedUnit served) {
        SenseCode code = session.attentions().any() ? session.attentions().take(served.number()) : null;
        Sense running = served.sanitation().progress();
        Sense sense = code == null && running != null
                ? running
                : Sense.attention(code == null ? SenseCode.NO_ADDITIONAL_SENSE : code);
        return data(command.descriptor() ? sense.descriptor() : sense.fixed(), command.allocationLength());
    }

    private static Outcome lbaStatus(ScsiCommand.GetLbaStatus command, LogicalUnit unit) {
        Outcome refused = Ranges.check(unit, command.lba(), 1, Long.MAX_VALUE);
        return refused == null
                ? data(CapacityData.status(unit, command.lba(), command.allocationLength()), command.allocationLength())
                : refused;
    }

    /** Nothing is fetched: what caches there are decide for themselves. */
    private static Outcome prefetch(ScsiCommand.Prefetch command, LogicalUnit unit) {
        Outcome refused = Ranges.check(unit, command.lba(), command.blocks(), Long.MAX_VALUE);
        return refused == null ? Outcomes.GOOD : refused;
    }

    /** An empty list: its header of 4 or 8 bytes with the lists and the format that were asked for. */
    private static Outcome defects(ScsiCommand.ReadDefectData command) {
        byte[] header = new byte[command.twelve() ? 8 : 4];
        header[1] = (byte) (command.lists() | command.format());
        return data(header, command.allocationLength());
    }

    private static Outcome modeSense(ScsiCommand.ModeSense command, ServedUnit served) {
        return switch (ModeData.answer(command, served.unit(), served.modes())) {
            case ModeData.Data data -> data(data.bytes(), command.allocationLength());
            case ModeData.Refused refused -> new Outcome.Check(refused.sense());
        };
    }

    private static Outcome logSense(ScsiCommand.LogSense command, LogicalUnit unit) {
        if (command.save()) {
            return new Outcome.Check(Sense.invalidField(1));
        }
        return switch (LogData.answer(command, unit)) {
            case LogData.Data(byte[] bytes) -> data(bytes, command.allocationLength());
            case LogData.Refused(int cdbByte) -> new Outcome.Check(Sense.invalidField(cdbByte));
        };
    }

    private Outcome reportLuns(ScsiCommand.ReportLuns command) {
        if (command.select() > LunList.SELECT_MAX) {
            return new Outcome.Check(Sense.invalidField(2));
        }
        if (command.allocationLength() < LunList.ALLOCATION_MIN) {
            return new Outcome.Check(Sense.invalidField(6));
        }
        return data(
                LunList.of(
                        command.select(),
                        session.units().all().stream().map(ServedUnit::unit).toList()),
                command.allocationLength());
    }

    private static Outcome orInvalid(byte @Nullable [] bytes, int cdbField, int allocationLength) {
        return bytes == null ? new Outcome.Check(Sense.invalidField(cdbField)) : data(bytes, allocationLength);
    }

    /** Cuts data to the allocation length, which is no error (SPC-4 4.2.5.6). */
    private static Outcome data(byte[] bytes, int allocationLength) {
        return new Outcome.Data(bytes.length <= allocationLength ? bytes : Arrays.copyOf(bytes, allocationLength));
    }
}
