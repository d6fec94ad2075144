package dev.quoin.tools.node;

import dev.quoin.tools.fault.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A change of the devices of an array that an event asks for. */
interface DeviceChange {

    /** Does it. Blocking. */
    void run() throws Fault;

    /** Does it soon, on a thread of its own: events come on threads that must not wait. */
    static void later(String array, DeviceChange change) {
        Thread.ofVirtual().name("array-devices-" + array).start(() -> {
            try {
                change.run();
            } catch (Fault fault) {
                log().warn("devices of an array cannot be changed array={}", array, fault);
            }
        });
    }

    private static Logger log() {
        return LoggerFactory.getLogger(DeviceChange.class);
    }
}
