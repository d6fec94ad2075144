package dev.quoin.raid;

import dev.quoin.device.Fault;
import java.util.random.RandomGenerator;

/** A device says that it wrote, and did not, or wrote elsewhere. */
final class Lie {

    private Lie() {}

    /** One lie, somewhere on a device of a megabyte. */
    static Fault of(RandomGenerator random) {
        long offset = random.nextInt(16) * 65536L;
        long length = random.nextBoolean() ? 65536 : 1 << 20;
        return random.nextBoolean()
                ? Fault.lostWrite(offset, length)
                : Fault.misdirectedWrite(offset, length, random.nextInt(256) * 4096L);
    }
}
