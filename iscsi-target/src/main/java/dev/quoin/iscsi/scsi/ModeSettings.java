package dev.quoin.iscsi.scsi;

/**
 * What initiators may change of a unit's mode pages (SPC-4 7.5.9, SBC-4 6.5.10). It lasts until the unit is reset.
 *
 * @param writeProtected whether writes are refused (SWP)
 * @param descriptorSense whether sense data comes in descriptor format (D_SENSE)
 * @param spaceWarnings whether initiators are warned when little space is left (LBPERE)
 */
public record ModeSettings(boolean writeProtected, boolean descriptorSense, boolean spaceWarnings) {

    /** Of a unit that nobody has changed. */
    public static final ModeSettings DEFAULT = new ModeSettings(false, false, true);

    ModeSettings withSpaceWarnings(boolean warnings) {
        return new ModeSettings(writeProtected, descriptorSense, warnings);
    }
}
