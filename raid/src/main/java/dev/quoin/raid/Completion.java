package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import org.jspecify.annotations.Nullable;

/** What to do when something is done, or has failed. Must not block. */
@FunctionalInterface
interface Completion {
    void done(@Nullable DeviceException failure);
}
