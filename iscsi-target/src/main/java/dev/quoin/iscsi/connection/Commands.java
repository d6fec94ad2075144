package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.CapacityData;
import dev.quoin.iscsi.scsi.Cdb;
import dev.quoin.iscsi.scsi.CdbDecoder;
import dev.quoin.iscsi.scsi.InquiryData;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.LunList;
import dev.quoin.iscsi.scsi.ModeData;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.SupportedOpcodes;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Units;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.LunField;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Routes the SCSI commands of a session: READ and WRITE straight to their engines, the others decoded. Connection's thread
 * only.
 */
final class Commands {

    private static final Outcome NO_UNIT = Outcomes.check(SenseCode.LOGICAL_UNIT_NOT_SUPPORTED);

    private final Session session;
    private final Supplier<Units> units;
    private final Responses responses;
    private final Reads reads;
    private final DataOuts dataOuts;
    private final int portalGroup;

    Commands(
            Session session,
            Supplier<Units> units,
            Responses responses,
            Reads reads,
            DataOuts dataOuts,
            int portalGroup) {
        this.session = session;
        this.units = units;
        this.responses = responses;
        this.reads = reads;
        this.dataOuts = dataOuts;
        this.portalGroup = portalGroup;
    }

    /**
     * Takes a command whose number was accepted.
     *
     * @param extended whether it came with additional header segments, which none of the commands here has
     * @param alone whether no other request waits in the input
     */
    void command(Arrival arrival, boolean extended, boolean alone) {
        int number = LunField.decode(Bhs.lun(arrival.in(), arrival.header()));
        LogicalUnit unit = units.get().get(number);
        int opcode = Cdb.opcode(arrival.in(), arrival.cdbAt());
        boolean plain = unit != null
                && !session.attentions().any()
                && !extended
                && !Cdb.protect(arrival.in(), arrival.cdbAt())
                && !(arrival.readFlag() && arrival.writeFlag());
        if (unit != null && plain && Cdb.isRead(opcode) && arrival.isFinal() && arrival.dataLength() == 0) {
            reads.command(
                    arrival.tag(),
                    unit,
                    Cdb.lba(arrival.in(), arrival.cdbAt()),
                    Cdb.blocks(arrival.in(), arrival.cdbAt()),
                    arrival.expectedIn(),
                    arrival.counted(),
                    alone);
        } else if (unit != null && plain && Cdb.isWrite(opcode)) {
            dataOuts.write(
                    arrival,
                    unit,
                    Cdb.lba(arrival.in(), arrival.cdbAt()),
                    Cdb.blocks(arrival.in(), arrival.cdbAt()),
                    Cdb.fua(arrival.in(), arrival.cdbAt()));
        } else {
            decoded(arrival, number, unit, extended);
        }
    }

    private void decoded(Arrival arrival, int number, @Nullable LogicalUnit unit, boolean extended) {
        ScsiCommand command = CdbDecoder.decode(arrival.in(), arrival.cdbAt());
        if (unit == null) {
            withoutUnit(arrival, command);
            return;
        }
        Outcome refused = refusal(arrival, command, number, extended);
        if (refused != null) {
            if (command instanceof ScsiCommand.OnMedium medium) {
                dataOuts.command(arrival, unit, medium, 0, refused);
            } else {
                answer(arrival, refused);
            }
            return;
        }
        switch (command) {
            case ScsiCommand.OnMedium medium -> onMedium(arrival, unit, medium);
            case ScsiCommand.Read c ->
                reads.command(arrival.tag(), unit, c.lba(), c.blocks(), arrival.expectedIn(), arrival.counted(), false);
            case ScsiCommand.TestUnitReady c -> answer(arrival, Outcomes.GOOD);
            case ScsiCommand.StartUnit c -> answer(arrival, Outcomes.GOOD);
            case ScsiCommand.PreventAllow c -> answer(arrival, Outcomes.GOOD);
            case ScsiCommand.RequestSense c -> answer(arrival, requestSense(c, number));
            case ScsiCommand.Inquiry c -> answer(arrival, inquiry(c, unit));
            case ScsiCommand.ReadCapacity10 c -> answer(arrival, new Outcome.Data(CapacityData.ten(unit)));
            case ScsiCommand.ReadCapacity16 c ->
                answer(arrival, data(CapacityData.sixteen(unit), c.allocationLength()));
            case ScsiCommand.GetLbaStatus c -> answer(arrival, lbaStatus(c, unit));
            case ScsiCommand.ModeSense c -> answer(arrival, modeSense(c, unit));
            case ScsiCommand.ReportLuns c -> answer(arrival, reportLuns(c));
            case ScsiCommand.ReportSupportedOpcodes c -> {
                byte[] list = SupportedOpcodes.answer(c, unit.thin());
                answer(
                        arrival,
                        list == null ? new Outcome.Check(Sense.invalidField(2)) : data(list, c.allocationLength()));
            }
            case ScsiCommand.ReportSupportedTaskFunctions c ->
                answer(arrival, data(SupportedOpcodes.taskFunctions(c.extended()), c.allocationLength()));
            case ScsiCommand.Unsupported c -> answer(arrival, Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE));
            case ScsiCommand.InvalidField c -> answer(arrival, new Outcome.Check(Sense.invalidField(c.cdbByte())));
        }
    }

    private void onMedium(Arrival arrival, LogicalUnit unit, ScsiCommand.OnMedium command) {
        int blockSize = unit.geometry().blockSize();
        switch (command) {
            case ScsiCommand.Write c -> dataOuts.write(arrival, unit, c.lba(), c.blocks(), c.fua());
            case ScsiCommand.Verify c -> {
                Outcome refused = Ranges.check(unit, c.lba(), c.blocks(), LogicalUnit.TRANSFER_BYTES_MAX);
                long needed = switch (c.byteCheck()) {
                    case 0 -> 0;
                    case 1 -> c.blocks() * blockSize;
                    default -> Math.min(1, c.blocks()) * blockSize;
                };
                if (refused == null && arrival.expectedOut() < needed) {
                    refused = Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
                }
                dataOuts.command(arrival, unit, c, needed, refused);
            }
            case ScsiCommand.SynchronizeCache c ->
                dataOuts.command(arrival, unit, c, 0, Ranges.check(unit, c.lba(), c.blocks(), Long.MAX_VALUE));
            case ScsiCommand.WriteSame c -> {
                long needed = c.noData() ? 0 : blockSize;
                dataOuts.command(arrival, unit, c, needed, writeSameFault(arrival, unit, c, needed));
            }
            case ScsiCommand.Unmap c -> {
                Outcome refused = !unit.thin()
                        ? Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE)
                        : c.anchor() ? new Outcome.Check(Sense.invalidField(1)) : writeProtected(unit);
                dataOuts.command(arrival, unit, c, c.parameterLength(), refused);
            }
        }
    }

    private static @Nullable Outcome writeSameFault(
            Arrival arrival, LogicalUnit unit, ScsiCommand.WriteSame command, long needed) {
        if ((command.unmap() && !unit.thin()) || command.anchor() || command.blocks() == 0) {
            return new Outcome.Check(Sense.invalidField(1));
        }
        if (arrival.expectedOut() != needed) {
            return Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
        }
        Outcome range = Ranges.check(unit, command.lba(), command.blocks(), LogicalUnit.WRITE_SAME_BYTES_MAX);
        return range == null ? writeProtected(unit) : range;
    }

    private static @Nullable Outcome writeProtected(LogicalUnit unit) {
        return unit.readOnly() ? Outcomes.check(SenseCode.WRITE_PROTECTED) : null;
    }

    /** Why a command is not executed, whatever it is: an attention, a header that no command here has. */
    private @Nullable Outcome refusal(Arrival arrival, ScsiCommand command, int number, boolean extended) {
        // INQUIRY, REPORT LUNS and REQUEST SENSE never report an attention as their status (SAM-5 5.14).
        boolean exempt = command instanceof ScsiCommand.Inquiry
                || command instanceof ScsiCommand.ReportLuns
                || command instanceof ScsiCommand.RequestSense;
        SenseCode attention = exempt || !session.attentions().any()
                ? null
                : session.attentions().take(number);
        if (attention != null) {
            return Outcomes.check(attention);
        }
        if (extended) {
            return Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE);
        }
        return arrival.readFlag() && arrival.writeFlag()
                ? Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT)
                : null;
    }

    /** Where there is no unit only the commands that find out are answered (SPC-4 6.6.2, 6.33, 6.39). */
    private void withoutUnit(Arrival arrival, ScsiCommand command) {
        Outcome outcome = switch (command) {
            case ScsiCommand.Inquiry c -> c.vital() ? NO_UNIT : data(InquiryData.absent(), c.allocationLength());
            case ScsiCommand.ReportLuns c ->
                LunField.decode(Bhs.lun(arrival.in(), arrival.header())) == 0 ? reportLuns(c) : NO_UNIT;
            case ScsiCommand.RequestSense c -> {
                Sense sense = Sense.of(SenseCode.LOGICAL_UNIT_NOT_SUPPORTED);
                yield data(c.descriptor() ? sense.descriptor() : sense.fixed(), c.allocationLength());
            }
            default -> NO_UNIT;
        };
        answer(arrival, outcome);
    }

    private Outcome inquiry(ScsiCommand.Inquiry command, LogicalUnit unit) {
        byte[] bytes = command.vital()
                ? InquiryData.page(command.page(), unit, session.login().targetName(), portalGroup)
                : InquiryData.standard(unit.identity());
        return bytes == null ? new Outcome.Check(Sense.invalidField(2)) : data(bytes, command.allocationLength());
    }

    private Outcome requestSense(ScsiCommand.RequestSense command, int number) {
        SenseCode code = session.attentions().any() ? session.attentions().take(number) : null;
        Sense sense = Sense.of(code == null ? SenseCode.NO_ADDITIONAL_SENSE : code);
        return data(command.descriptor() ? sense.descriptor() : sense.fixed(), command.allocationLength());
    }

    private static Outcome lbaStatus(ScsiCommand.GetLbaStatus command, LogicalUnit unit) {
        Outcome refused = Ranges.check(unit, command.lba(), 1, Long.MAX_VALUE);
        return refused == null ? data(CapacityData.status(unit, command.lba()), command.allocationLength()) : refused;
    }

    private static Outcome modeSense(ScsiCommand.ModeSense command, LogicalUnit unit) {
        return switch (ModeData.answer(command, unit)) {
            case ModeData.Data data -> data(data.bytes(), command.allocationLength());
            case ModeData.Refused refused -> new Outcome.Check(refused.sense());
        };
    }

    private Outcome reportLuns(ScsiCommand.ReportLuns command) {
        if (command.select() > LunList.SELECT_MAX) {
            return new Outcome.Check(Sense.invalidField(2));
        }
        if (command.allocationLength() < LunList.ALLOCATION_MIN) {
            return new Outcome.Check(Sense.invalidField(6));
        }
        return data(LunList.of(command.select(), units.get().all()), command.allocationLength());
    }

    /** Cuts data to the allocation length, which is no error (SPC-4 4.2.5.6). */
    private static Outcome data(byte[] bytes, int allocationLength) {
        return new Outcome.Data(bytes.length <= allocationLength ? bytes : Arrays.copyOf(bytes, allocationLength));
    }

    /** Answers a command; unsolicited data that still comes for it finds no task and is dropped. */
    private void answer(Arrival arrival, Outcome outcome) {
        responses.answer(arrival.tag(), outcome, Expected.of(arrival.expected(), arrival.readFlag()));
        if (arrival.counted()) {
            session.window().endHere();
        }
    }
}
