package dev.quoin.iscsi.unit;

import dev.quoin.device.DeviceListener;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A logical unit with what all sessions share of it. Any thread may use it. */
public final class ServedUnit {

    private final LogicalUnit unit;
    private final Reservations reservations;
    private final RangeGate gate = new RangeGate();
    private final Sanitation sanitation = new Sanitation();
    private final AtomicReference<@Nullable DeviceListener> listener = new AtomicReference<>();
    private volatile ModeSettings modes = ModeSettings.DEFAULT;

    /** A unit that nobody uses yet; its persistent reservations are those that the store kept for its serial number. */
    public ServedUnit(LogicalUnit unit, ReservationStore store) {
        this.unit = unit;
        this.reservations = Reservations.open(unit.identity().serial(), store);
    }

    /**
     * Has the unit attentions told to which events of the device lead (SBC-4 4.7.3.7.6, 4.10), until {@link #unwatch}. Once.
     *
     * @param told called on any thread; must not block
     */
    public void watch(Consumer<SenseCode> told) {
        DeviceListener mine = event -> {
            switch (event) {
                case RESIZED -> told.accept(SenseCode.CAPACITY_DATA_CHANGED);
                case LOW_CHANGED -> told.accept(SenseCode.MODE_PARAMETERS_CHANGED);
                case SPACE_LOW -> {
                    if (modes.spaceWarnings()) {
                        told.accept(SenseCode.SOFT_THRESHOLD_REACHED);
                    }
                }
            }
        };
        if (listener.compareAndSet(null, mine)) {
            unit.device().watch(mine);
        }
    }

    /** Ends {@link #watch}. Idempotent. */
    public void unwatch() {
        DeviceListener mine = listener.getAndSet(null);
        if (mine != null) {
            unit.device().unwatch(mine);
        }
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
