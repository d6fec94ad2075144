package dev.quoin.iscsi.scsi;

/**
 * A target port: one portal group of one iSCSI target (RFC 7143 4.4).
 *
 * <p>Units that several targets export tell the ports apart by the relative identifier. It is made of numbers that a restart does not
 * change, because registrations that outlive the restart name it.
 *
 * <pre>
 * bit 15-8  number of the target in its server, 0 to 255
 * bit 7-0   tag of the portal group, 1 to 255
 * </pre>
 *
 * @param targetName the iSCSI name of the target
 * @param portalGroup the tag of the group
 * @param relativeId the relative target port identifier, and the number of the target port group that the port is alone in, 1 to 65,535
 */
public record TargetPort(String targetName, int portalGroup, int relativeId) {

    /** The highest number of a target. */
    public static final int NUMBER_MAX = 255;

    /** The highest tag of a portal group. */
    public static final int GROUP_MAX = 255;

    /**
     * A port of a target.
     *
     * @throws IllegalArgumentException for a number or a tag out of its range
     */
    public static TargetPort of(String targetName, int targetNumber, int portalGroup) {
        checkGroup(portalGroup);
        if (targetNumber < 0 || targetNumber > NUMBER_MAX) {
            throw new IllegalArgumentException(
                    "target number " + targetNumber + " found, 0 to " + NUMBER_MAX + " expected");
        }
        return new TargetPort(targetName, portalGroup, targetNumber << 8 | portalGroup);
    }

    /** Gives the tag of a portal group back if it is in its range. */
    public static int checkGroup(int portalGroup) {
        if (portalGroup < 1 || portalGroup > GROUP_MAX) {
            throw new IllegalArgumentException(
                    "portal group " + portalGroup + " found, 1 to " + GROUP_MAX + " expected");
        }
        return portalGroup;
    }
}
