package dev.quoin.iscsi.unit;

import dev.quoin.device.BlockDevice;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeSettings;
import java.util.concurrent.CompletableFuture;

/**
 * What everybody shares of a logical unit, through whatever target and under whatever number they reach it: there is one of each serial
 * number in a server. Any thread may use it.
 */
public final class UnitState {

    private final String serial;
    private final BlockDevice device;
    private final Reservations reservations;
    private final RangeGate gate = new RangeGate();
    private final Sanitation sanitation = new Sanitation();
    private volatile ModeSettings modes = ModeSettings.DEFAULT;

    /** Of a unit that nobody uses yet; its persistent reservations are those that the store kept for its serial number. */
    UnitState(LogicalUnit unit, ReservationStore store) {
        this.serial = unit.identity().serial();
        this.device = unit.device();
        this.reservations = Reservations.open(serial, store);
    }

    /** The serial number, which no other unit of the server has. */
    public String serial() {
        return serial;
    }

    /** Whether it is the very device: two objects may reach the same blocks, but then only one of them keeps order among writes. */
    @SuppressWarnings("ReferenceEquality") // Equal devices are not enough.
    boolean isOn(BlockDevice other) {
        return device == other;
    }

    String deviceName() {
        return device.name();
    }

    public Reservations reservations() {
        return reservations;
    }

    public RangeGate gate() {
        return gate;
    }

    public Sanitation sanitation() {
        return sanitation;
    }

    public ModeSettings modes() {
        return modes;
    }

    /** Changes the settings for all initiators. */
    public void modes(ModeSettings settings) {
        modes = settings;
    }

    /** Nobody uses it any more. Completes when nothing uses the device. */
    CompletableFuture<Void> end() {
        return sanitation.stop().thenRun(reservations::close);
    }

    /** What a reset of the unit does to what sessions share (SAM-5 6.3.3). */
    public void reset() {
        reservations.reset();
        modes = ModeSettings.DEFAULT;
    }
}
