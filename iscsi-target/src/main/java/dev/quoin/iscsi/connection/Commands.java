package dev.quoin.iscsi.connection;

import dev.quoin.device.AtomicWrites;
import dev.quoin.iscsi.reservation.Access;
import dev.quoin.iscsi.reservation.AccessRules;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.Cdb;
import dev.quoin.iscsi.scsi.CdbDecoder;
import dev.quoin.iscsi.scsi.CopyList;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.OverwriteList;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.scsi.SupportedOpcodes;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.Reservations;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.LunField;
import org.jspecify.annotations.Nullable;

/**
 * Routes the SCSI commands of a session: READ and WRITE straight to their engines, the others decoded. Connection's thread
 * only.
 */
final class Commands {

    /** Where COMPARE AND WRITE says how many blocks. */
    private static final int COMPARE_BLOCKS_BYTE = 13;

    private static final int LBA_BYTE = 2;

    /** Where WRITE ATOMIC (16) says how many blocks. */
    private static final int ATOMIC_LENGTH_BYTE = 12;

    /** Where SANITIZE says how long its list is. */
    private static final int LIST_LENGTH_BYTE = 7;

    private final Session session;
    private final Responses responses;
    private final Reads reads;
    private final DataOuts dataOuts;
    private final Answers answers;

    Commands(Session session, Responses responses, Reads reads, DataOuts dataOuts, Answers answers) {
        this.session = session;
        this.responses = responses;
        this.reads = reads;
        this.dataOuts = dataOuts;
        this.answers = answers;
    }

    /**
     * Takes a command whose number was accepted.
     *
     * @param extended whether it came with additional header segments, which none of the commands here has
     * @param alone whether no other request waits in the input
     */
    void command(Arrival arrival, boolean extended, boolean alone) {
        if (arrival.order() != Task.Order.ORDERED) {
            route(arrival, extended, alone);
            return;
        }
        // Answers that wait here for the end of the round must not be overtaken by one from another thread.
        responses.flush();
        route(arrival, extended, alone);
        responses.flush();
    }

    private void route(Arrival arrival, boolean extended, boolean alone) {
        int number = LunField.decode(Bhs.lun(arrival.in(), arrival.header()));
        ServedUnit served = session.units().get(number);
        int opcode = Cdb.opcode(arrival.in(), arrival.cdbAt());
        boolean plain = served != null
                && !session.attentions().any()
                && served.reservations().isFree()
                && served.sanitation().isIdle()
                && !extended
                && !Cdb.protect(arrival.in(), arrival.cdbAt())
                && !(arrival.readFlag() && arrival.writeFlag());
        if (served != null && plain && Cdb.isRead(opcode) && arrival.isFinal() && arrival.dataLength() == 0) {
            reads.command(
                    arrival.tag(),
                    served,
                    Cdb.lba(arrival.in(), arrival.cdbAt()),
                    Cdb.blocks(arrival.in(), arrival.cdbAt()),
                    arrival.expectedIn(),
                    arrival.counted(),
                    alone,
                    arrival.order());
        } else if (served != null && plain && Cdb.isWrite(opcode)) {
            dataOuts.write(
                    arrival,
                    served,
                    Cdb.lba(arrival.in(), arrival.cdbAt()),
                    Cdb.blocks(arrival.in(), arrival.cdbAt()),
                    Cdb.fua(arrival.in(), arrival.cdbAt()));
        } else {
            decoded(arrival, number, served, extended, alone);
        }
    }

    private void decoded(Arrival arrival, int number, @Nullable ServedUnit served, boolean extended, boolean alone) {
        ScsiCommand command = CdbDecoder.decode(arrival.in(), arrival.cdbAt());
        if (served == null) {
            answer(arrival, null, answers.withoutUnit(number, command));
            return;
        }
        int opcode = Cdb.opcode(arrival.in(), arrival.cdbAt());
        if (SupportedOpcodes.isUnknown(opcode, served.unit())) {
            command = new ScsiCommand.Unsupported(opcode);
        }
        Outcome refused = refusal(arrival, served, command, extended);
        if (command instanceof ScsiCommand.Lasting lasting) {
            if (refused == null) {
                lasting(arrival, served, lasting);
            } else {
                dataOuts.command(arrival, served, lasting, 0, refused);
            }
        } else if (refused != null) {
            answer(arrival, served, refused);
        } else if (command instanceof ScsiCommand.Read(long lba, long blocks)) {
            reads.command(
                    arrival.tag(),
                    served,
                    lba,
                    blocks,
                    arrival.expectedIn(),
                    arrival.counted(),
                    alone,
                    arrival.order());
        } else {
            answer(arrival, served, answers.of(command, served));
        }
    }

    private void lasting(Arrival arrival, ServedUnit served, ScsiCommand.Lasting command) {
        LogicalUnit unit = served.unit();
        int blockSize = unit.geometry().blockSize();
        switch (command) {
            case ScsiCommand.Write c -> dataOuts.write(arrival, served, c.lba(), c.blocks(), c.fua());
            case ScsiCommand.WriteAndVerify c ->
                changing(arrival, served, c, c.lba(), c.blocks(), c.blocks() * blockSize);
            case ScsiCommand.CompareAndWrite c -> {
                long needed = 2 * c.blocks() * blockSize;
                Outcome fault = arrival.expectedOut() == needed
                        ? null
                        : new Outcome.Check(Sense.invalidField(COMPARE_BLOCKS_BYTE));
                changing(arrival, served, c, c.lba(), c.blocks(), fault, needed);
            }
            case ScsiCommand.OrWrite c -> {
                long needed = c.blocks() * blockSize;
                changing(arrival, served, c, c.lba(), c.blocks(), exactly(arrival, needed), needed);
            }
            case ScsiCommand.WriteAtomic c -> {
                long needed = c.blocks() * blockSize;
                dataOuts.command(arrival, served, c, needed, writeAtomicFault(arrival, served, c, needed));
            }
            case ScsiCommand.Sanitize c ->
                dataOuts.command(arrival, served, c, c.listLength(), sanitizeFault(arrival, served, c));
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
                dataOuts.command(arrival, served, c, needed, refused);
            }
            case ScsiCommand.SynchronizeCache c ->
                dataOuts.command(arrival, served, c, 0, Ranges.check(unit, c.lba(), c.blocks(), Long.MAX_VALUE));
            case ScsiCommand.WriteSame c -> {
                long needed = c.noData() ? 0 : blockSize;
                dataOuts.command(arrival, served, c, needed, writeSameFault(arrival, served, c, needed));
            }
            case ScsiCommand.Unmap c -> {
                Outcome refused = !unit.thin()
                        ? Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE)
                        : c.anchor() ? new Outcome.Check(Sense.invalidField(1)) : writeProtected(served);
                dataOuts.command(arrival, served, c, c.parameterLength(), refused);
            }
            case ScsiCommand.PersistentReserveOut c ->
                dataOuts.command(arrival, served, c, c.listLength(), persistentReserveFault(arrival, c));
            case ScsiCommand.ExtendedCopy c ->
                dataOuts.command(
                        arrival,
                        served,
                        c,
                        c.listLength(),
                        c.listLength() > CopyList.LIST_BYTES_MAX
                                ? Outcomes.check(SenseCode.PARAMETER_LIST_LENGTH_ERROR)
                                : exactly(arrival, c.listLength()));
            case ScsiCommand.ModeSelect c ->
                dataOuts.command(
                        arrival,
                        served,
                        c,
                        c.listLength(),
                        !c.pages() || c.save()
                                ? new Outcome.Check(Sense.invalidField(1))
                                : exactly(arrival, c.listLength()));
        }
    }

    /** A command that writes blocks and takes their data. */
    private void changing(
            Arrival arrival, ServedUnit served, ScsiCommand.OnMedium command, long lba, long blocks, long needed) {
        changing(arrival, served, command, lba, blocks, null, needed);
    }

    private void changing(
            Arrival arrival,
            ServedUnit served,
            ScsiCommand.OnMedium command,
            long lba,
            long blocks,
            @Nullable Outcome fault,
            long needed) {
        Outcome refused = Ranges.check(served.unit(), lba, blocks, LogicalUnit.TRANSFER_BYTES_MAX);
        if (refused == null) {
            refused = fault == null ? writeProtected(served) : fault;
        }
        dataOuts.command(arrival, served, command, needed, refused);
    }

    /** A command that makes sense only with all of its data. */
    private static @Nullable Outcome exactly(Arrival arrival, long needed) {
        return arrival.expectedOut() == needed
                ? null
                : Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
    }

    private static @Nullable Outcome persistentReserveFault(Arrival arrival, ScsiCommand.PersistentReserveOut command) {
        if (!PrOut.isKnown(command)) {
            return new Outcome.Check(Sense.invalidField(2));
        }
        return command.listLength() > PrOut.LIST_LENGTH_MAX
                ? Outcomes.check(SenseCode.PARAMETER_LIST_LENGTH_ERROR)
                : exactly(arrival, command.listLength());
    }

    private static @Nullable Outcome writeAtomicFault(
            Arrival arrival, ServedUnit served, ScsiCommand.WriteAtomic command, long needed) {
        LogicalUnit unit = served.unit();
        AtomicWrites can = unit.device().atomicWrites();
        Outcome range = Ranges.check(unit, command.lba(), command.blocks(), Long.MAX_VALUE);
        if (range != null) {
            return range;
        }
        if (needed > Math.min(can.lengthMax(), LogicalUnit.TRANSFER_BYTES_MAX)) {
            return new Outcome.Check(Sense.invalidField(ATOMIC_LENGTH_BYTE));
        }
        if (!can.covers(command.lba() * unit.geometry().blockSize(), needed)) {
            return new Outcome.Check(Sense.invalidField(LBA_BYTE));
        }
        Outcome partial = exactly(arrival, needed);
        return partial == null ? writeProtected(served) : partial;
    }

    private static @Nullable Outcome sanitizeFault(Arrival arrival, ServedUnit served, ScsiCommand.Sanitize command) {
        LogicalUnit unit = served.unit();
        if (!unit.sanitizes(command.action())) {
            return new Outcome.Check(Sense.invalidField(1));
        }
        int most = command.action() == Cdb.SANITIZE_OVERWRITE ? OverwriteList.lengthMax(unit) : 0;
        int least = command.action() == Cdb.SANITIZE_OVERWRITE ? OverwriteList.LENGTH_MIN : 0;
        if (command.listLength() < least || command.listLength() > most) {
            return new Outcome.Check(Sense.invalidField(LIST_LENGTH_BYTE));
        }
        Outcome partial = exactly(arrival, command.listLength());
        return partial == null ? writeProtected(served) : partial;
    }

    private static @Nullable Outcome writeSameFault(
            Arrival arrival, ServedUnit served, ScsiCommand.WriteSame command, long needed) {
        LogicalUnit unit = served.unit();
        if ((command.unmap() && !unit.thin()) || command.anchor() || command.blocks() == 0) {
            return new Outcome.Check(Sense.invalidField(1));
        }
        if (arrival.expectedOut() != needed) {
            return Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
        }
        Outcome range = Ranges.check(unit, command.lba(), command.blocks(), LogicalUnit.WRITE_SAME_BYTES_MAX);
        return range == null ? writeProtected(served) : range;
    }

    private static @Nullable Outcome writeProtected(ServedUnit served) {
        return served.isWriteProtected() ? Outcomes.check(SenseCode.WRITE_PROTECTED) : null;
    }

    /** Why a command is not executed, whatever it is: an attention, a reservation, a header that no command here has. */
    private @Nullable Outcome refusal(Arrival arrival, ServedUnit served, ScsiCommand command, boolean extended) {
        // INQUIRY, REPORT LUNS and REQUEST SENSE never report an attention as their status (SAM-5 5.14).
        boolean exempt = command instanceof ScsiCommand.Inquiry
                || command instanceof ScsiCommand.ReportLuns
                || command instanceof ScsiCommand.RequestSense;
        SenseCode attention = exempt || !session.attentions().any()
                ? null
                : session.attentions().take(served.number());
        if (attention != null) {
            return new Outcome.Check(Sense.attention(attention));
        }
        if (extended) {
            return Outcomes.check(SenseCode.INVALID_COMMAND_OPERATION_CODE);
        }
        if (arrival.readFlag() && arrival.writeFlag()) {
            return Outcomes.check(SenseCode.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
        }
        Reservations reservations = served.reservations();
        boolean needsThem = AccessRules.of(command) != Access.ALWAYS || isReservation(command);
        if (needsThem && !reservations.isCurrent()) {
            return Outcomes.BUSY;
        }
        if (reservations.conflicts(session.port(), command)) {
            return Outcomes.CONFLICT;
        }
        Sense sanitized = served.sanitation().refusal(command);
        return sanitized == null ? null : new Outcome.Check(sanitized);
    }

    private static boolean isReservation(ScsiCommand command) {
        return command instanceof ScsiCommand.PersistentReserveIn
                || command instanceof ScsiCommand.PersistentReserveOut
                || command instanceof ScsiCommand.Reserve;
    }

    /** Answers a command; unsolicited data that still comes for it finds no task and is dropped. */
    private void answer(Arrival arrival, @Nullable ServedUnit served, Outcome outcome) {
        boolean descriptorSense = served != null && served.modes().descriptorSense();
        responses.answer(arrival.tag(), outcome, Expected.of(arrival.expected(), arrival.readFlag(), descriptorSense));
        if (arrival.counted()) {
            session.window().endHere();
        }
    }
}
