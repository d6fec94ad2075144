package dev.quoin.device;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The listeners of a device. Any thread may use it. */
public final class DeviceListeners {

    /** How many there may be. */
    public static final int LISTENERS_MAX = 1_024;

    private final List<DeviceListener> listeners = new CopyOnWriteArrayList<>();

    /** Adds one, which is told of all that happens from now on. */
    public void add(DeviceListener listener) {
        if (listeners.size() >= LISTENERS_MAX) {
            throw new IllegalStateException(
                    LISTENERS_MAX + " listeners found, fewer expected: one was forgotten to be removed");
        }
        listeners.add(listener);
    }

    /** Takes one away, if it is there. */
    public void remove(DeviceListener listener) {
        listeners.remove(listener);
    }

    /** Tells all of them. */
    public void tell(DeviceEvent event) {
        listeners.forEach(listener -> listener.happened(event));
    }
}
