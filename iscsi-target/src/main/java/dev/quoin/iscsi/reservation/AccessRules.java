package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.scsi.ScsiCommand;

/** Which commands a reservation of somebody else keeps from a unit (SPC-4 table 56, SBC-4 table 13; SPC-2 table 10). */
public final class AccessRules {

    private AccessRules() {}

    /** As far as persistent reservations go. */
    public static Access of(ScsiCommand command) {
        return switch (command) {
            case ScsiCommand.Inquiry _,
                    ScsiCommand.ReportLuns _,
                    ScsiCommand.RequestSense _,
                    ScsiCommand.TestUnitReady _,
                    ScsiCommand.ReadCapacity10 _,
                    ScsiCommand.ReadCapacity16 _,
                    ScsiCommand.ReportTargetPortGroups _,
                    ScsiCommand.LogSense _,
                    ScsiCommand.StartUnit _,
                    ScsiCommand.PersistentReserveIn _,
                    // Its own rules decide.
                    ScsiCommand.PersistentReserveOut _,
                    ScsiCommand.Reserve _,
                    ScsiCommand.Release _,
                    ScsiCommand.Unsupported _,
                    ScsiCommand.InvalidField _ -> Access.ALWAYS;
            case ScsiCommand.PreventAllow c -> c.prevent() == 0 ? Access.ALWAYS : Access.CHANGE;
            case ScsiCommand.Read _,
                    ScsiCommand.Verify _,
                    ScsiCommand.Prefetch _,
                    ScsiCommand.ReadDefectData _,
                    ScsiCommand.GetLbaStatus _ -> Access.READ;
            case ScsiCommand.Write _,
                    ScsiCommand.WriteAndVerify _,
                    ScsiCommand.CompareAndWrite _,
                    ScsiCommand.OrWrite _,
                    ScsiCommand.WriteAtomic _,
                    ScsiCommand.Sanitize _,
                    ScsiCommand.WriteSame _,
                    ScsiCommand.Unmap _,
                    ScsiCommand.SynchronizeCache _,
                    ScsiCommand.ExtendedCopy _,
                    ScsiCommand.ReceiveCopyResults _,
                    ScsiCommand.ModeSelect _,
                    ScsiCommand.ModeSense _,
                    ScsiCommand.ReportSupportedOpcodes _,
                    ScsiCommand.ReportSupportedTaskFunctions _ -> Access.CHANGE;
        };
    }

    /** Whether a command is done although another initiator holds the unit by RESERVE (6). */
    public static boolean passesReserve(ScsiCommand command) {
        return command instanceof ScsiCommand.Inquiry
                || command instanceof ScsiCommand.ReportLuns
                || command instanceof ScsiCommand.RequestSense
                || command instanceof ScsiCommand.Release
                || (command instanceof ScsiCommand.PreventAllow(int prevent) && prevent == 0);
    }
}
