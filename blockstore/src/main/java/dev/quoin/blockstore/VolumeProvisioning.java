package dev.quoin.blockstore;

import dev.quoin.device.Provisioning;
import dev.quoin.device.Space;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a volume knows of its space: which of its extents are mapped, and how much of the pool is left. What was unmapped is told as
 * such when the registry has it; what is being unmapped is still mapped.
 */
final class VolumeProvisioning implements Provisioning {

    /** How many extents are looked at for one run at most: it bounds how long an answer takes. */
    private static final long EXTENTS_MAX = 65_536;

    private final Volume volume;
    private final long extentSize;
    private final Function<Volume, Space> space;

    VolumeProvisioning(Volume volume, long extentSize, Function<Volume, Space> space) {
        this.volume = volume;
        this.extentSize = extentSize;
        this.space = space;
    }

    @Override
    public long unit() {
        return extentSize;
    }

    @Override
    public Run run(long offset, long length) {
        long first = offset / extentSize;
        long end = Math.min(Math.ceilDiv(offset + length, extentSize), first + EXTENTS_MAX);
        boolean isMapped = volume.map().isMapped(first);
        long alike = volume.map().alikeFrom(first, isMapped, end);
        return new Run(
                isMapped ? State.MAPPED : State.DEALLOCATED,
                Math.min(offset + length, (first + alike) * extentSize) - offset);
    }

    @Override
    public Optional<Space> space() {
        return Optional.of(space.apply(volume));
    }
}
