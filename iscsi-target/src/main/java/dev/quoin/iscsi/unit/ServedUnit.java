package dev.quoin.iscsi.unit;

import dev.quoin.device.DeviceListener;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ModeSettings;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A logical unit under the number that a target gives it, with what all sessions share of it. Any thread may use it. */
public final class ServedUnit {

    private final LogicalUnit unit;
    private final UnitState state;
    private final Reservations reservations;
    private final RangeGate gate;
    private final Sanitation sanitation;
    private final AtomicReference<@Nullable DeviceListener> listener = new AtomicReference<>();

    ServedUnit(LogicalUnit unit, UnitState state) {
        this.unit = unit;
        this.state = state;
        this.reservations = state.reservations();
        this.gate = state.gate();
        this.sanitation = state.sanitation();
    }

    /** The same for other initiators only; nobody watches it yet. */
    public ServedUnit as(LogicalUnit changed) {
        return new ServedUnit(changed, state);
    }

    /** What those share who reach the unit through another target, or under another number. */
    public UnitState state() {
        return state;
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
                    if (state.modes().spaceWarnings()) {
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
        return state.modes();
    }

    /** Changes the settings for all initiators. */
    public void modes(ModeSettings settings) {
        state.modes(settings);
    }

    /** Whether writes are refused, by the unit or for a while. */
    public boolean isWriteProtected() {
        return unit.readOnly() || state.modes().writeProtected();
    }

    /** See {@link UnitState#reset}. */
    public void reset() {
        state.reset();
    }
}
