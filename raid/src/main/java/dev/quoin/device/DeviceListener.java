package dev.quoin.device;

/** Who wants to know what happens to a device. Called on any thread; must not block, and must not change who listens. */
@FunctionalInterface
public interface DeviceListener {

    /** Something has happened. */
    void happened(DeviceEvent event);
}
