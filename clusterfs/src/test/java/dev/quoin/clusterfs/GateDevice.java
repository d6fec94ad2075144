package dev.quoin.clusterfs;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.ForwardingDevice;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Test support: one node's path to a shared device, which fencing cuts. */
final class GateDevice extends ForwardingDevice {

    private final String name;
    private volatile boolean cut;

    GateDevice(BlockDevice device, String name) {
        super(device);
        this.name = name;
    }

    /** Lets nothing of this node through any more. */
    void cut() {
        cut = true;
    }

    @Override
    protected CompletableFuture<Void> around(int length, Supplier<CompletableFuture<Void>> request) {
        if (cut) {
            return CompletableFuture.failedFuture(
                    new DeviceException(DeviceException.Code.FENCED, name, "the node was cut off"));
        }
        return request.get();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void close() {
        cut = true;
    }
}
