package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeSettings;

/** A logical unit with what all sessions share of it. Any thread may use it. */
public final class ServedUnit {

    private final LogicalUnit unit;
    private final Reservations reservations;
    private final RangeGate gate = new RangeGate();
    private volatile ModeSettings modes = ModeSettings.DEFAULT;

    /** A unit that nobody uses yet; its persistent reservations are those that the store kept for its serial number. */
    public ServedUnit(LogicalUnit unit, ReservationStore store) {
        this.unit = unit;
        this.reservations = Reservations.open(unit.identity().serial(), store);
    }

    public LogicalUnit unit() {
        return unit;
    }

    public int number() {
        return unit.number();
    }

    public Reservations reservations() {
        return reservations;
    }

    public RangeGate gate() {
        return gate;
    }

    public ModeSettings modes() {
        return modes;
    }

    /** Changes the settings for all initiators. */
    public void modes(ModeSettings settings) {
        modes = settings;
    }

    /** Whether writes are refused, by the unit or for a while. */
    public boolean isWriteProtected() {
        return unit.readOnly() || modes.writeProtected();
    }

    /** What a reset of the unit does to what sessions share (SAM-5 6.3.3). */
    public void reset() {
        reservations.reset();
        modes = ModeSettings.DEFAULT;
    }
}
