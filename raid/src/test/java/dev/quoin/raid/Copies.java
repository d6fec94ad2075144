package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.util.ArrayList;
import java.util.List;

/** Copies of devices, so that one state of them can go on in several ways. */
final class Copies {

    private Copies() {}

    static MemoryDevice of(BlockDevice device) throws DeviceException {
        int size = (int) device.geometry().size();
        MemoryDevice copy = new MemoryDevice(device.name(), device.geometry().blockSize(), size);
        BlockIo.write(copy, 0, BlockIo.read(device, 0, size), WriteMode.CACHED);
        return copy;
    }

    static List<MemoryDevice> of(List<? extends BlockDevice> devices) throws DeviceException {
        List<MemoryDevice> copies = new ArrayList<>();
        for (BlockDevice device : devices) {
            copies.add(of(device));
        }
        return copies;
    }
}
