package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.scsi.LogicalUnit;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The logical units of a server by their serial numbers: a unit that several targets export, or one target under several numbers, has
 * one {@link UnitState}, so that a reservation holds for whatever way there is to its blocks. Any thread may use it; one lock
 * guards the table.
 */
public final class UnitStates {

    private final ReservationStore store;
    private final Map<String, Entry> bySerial = new HashMap<>();

    private static final class Entry {
        private final UnitState state;
        private int exports;

        Entry(UnitState state) {
            this.state = state;
        }
    }

    /** An empty table, whose units keep their persistent reservations in this store. */
    public UnitStates(ReservationStore store) {
        this.store = store;
    }

    /**
     * A unit to serve. Blocking until its persistent reservations are known: before that nobody may use it.
     *
     * @throws IOException if its reservations cannot be read
     * @throws IllegalArgumentException if another device is served under the serial number
     */
    public ServedUnit serve(LogicalUnit unit) throws IOException {
        ServedUnit served = enter(unit);
        try {
            served.reservations().opened().join();
            return served;
        } catch (CompletionException failure) {
            leave(served);
            throw new IOException(
                    "unit " + unit.number() + " is not served: its reservations cannot be read: "
                            + failure.getCause().getMessage(),
                    failure);
        }
    }

    private synchronized ServedUnit enter(LogicalUnit unit) {
        String serial = unit.identity().serial();
        Entry entry = bySerial.computeIfAbsent(serial, made -> new Entry(new UnitState(unit, store)));
        if (!entry.state.isOn(unit.device())) {
            throw new IllegalArgumentException("unit " + unit.number() + " of serial number '" + serial + "' on device "
                    + unit.device().name() + " found, device "
                    + entry.state.deviceName() + " expected, which is served under that serial number: give each"
                    + " device its own");
        }
        entry.exports++;
        return new ServedUnit(unit, entry.state);
    }

    /**
     * Takes back what {@link #serve} gave, when none of its commands can reach the device any more. With the last export go the reservations
     * that were not to outlive it.
     *
     * @return completes when nothing here uses the device for this export any more
     */
    public CompletableFuture<Void> leave(ServedUnit served) {
        String serial = served.unit().identity().serial();
        synchronized (this) {
            Entry entry = bySerial.get(serial);
            if (entry == null || !entry.state.equals(served.state()) || --entry.exports > 0) {
                return CompletableFuture.completedFuture(null);
            }
            bySerial.remove(serial);
        }
        return served.state().end();
    }
}
