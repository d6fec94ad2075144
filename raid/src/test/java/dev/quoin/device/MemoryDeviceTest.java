package dev.quoin.device;

/** Proves the device contract for {@link MemoryDevice}. */
class MemoryDeviceTest extends BlockDeviceContract {

    @Override
    protected BlockDevice open() {
        return new MemoryDevice("memory", 4096, 300_000L / 4096 * 4096);
    }
}
