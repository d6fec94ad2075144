package dev.quoin.iscsi.scsi;

import dev.quoin.device.Provisioning;
import dev.quoin.device.Space;
import java.util.Optional;

/**
 * The space behind a unit in the measure of logical block provisioning: sets of {@code 2^exponent} blocks (SBC-4 4.7.3.7.2).
 *
 * @param exponent 1 to 63
 * @param used sets that the unit has taken, rounded up
 * @param available sets that it can still take, rounded down
 * @param low at about so many available sets initiators are warned
 */
record ThresholdSets(int exponent, long used, long available, long low) {

    /** Counts are 32 bits wide. */
    private static final long COUNT_MAX = 0xFFFF_FFFFL;

    /** Those of a unit; empty if its device knows of no limit to its space. */
    static Optional<ThresholdSets> of(LogicalUnit unit) {
        Provisioning provisioning = unit.device().provisioning();
        return provisioning == null
                ? Optional.empty()
                : provisioning.space().map(space -> of(unit, provisioning, space));
    }

    private static ThresholdSets of(LogicalUnit unit, Provisioning provisioning, Space space) {
        int blockSize = unit.geometry().blockSize();
        int exponent = Math.max(1, 63 - Long.numberOfLeadingZeros(provisioning.unit() / blockSize));
        long largest = Math.max(unit.geometry().size(), space.used() + space.available()) / blockSize;
        while (largest >>> exponent > COUNT_MAX) {
            exponent++;
        }
        long set = (long) blockSize << exponent;
        return new ThresholdSets(
                exponent,
                Math.ceilDiv(space.used(), set),
                space.available() / set,
                Math.round((double) space.low() / set));
    }
}
