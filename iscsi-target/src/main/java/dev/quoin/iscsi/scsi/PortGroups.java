package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/** The answer to REPORT TARGET PORT GROUPS (SPC-4 6.37): one group with one port, active and optimized. */
public final class PortGroups {

    /** The relative identifier of the one port of a target here. */
    public static final int TARGET_PORT = 1;

    private static final int DESCRIPTOR = 12;
    private static final int ACTIVE_OPTIMIZED_SUPPORTED = 0x01;

    private PortGroups() {}

    /**
     * Length of what follows, with the extended form four bytes about times, then a group.
     *
     * <pre>
     * byte 0    access state, 0
     * byte 1    states that there are
     * byte 2-3  group, 7 number of ports, then for each port: 2 reserved, relative identifier 2
     * </pre>
     */
    public static byte[] report(boolean extended, int portalGroup) {
        int length = (extended ? 4 : 0) + DESCRIPTOR;
        ByteBuffer data = ByteBuffer.allocate(4 + length).putInt(length);
        if (extended) {
            data.put((byte) 0x10).put((byte) 0).putShort((short) 0);
        }
        return data.put((byte) 0)
                .put((byte) ACTIVE_OPTIMIZED_SUPPORTED)
                .putShort((short) portalGroup)
                .put((byte) 0)
                .put((byte) 0)
                .put((byte) 0)
                .put((byte) 1)
                .putShort((short) 0)
                .putShort((short) TARGET_PORT)
                .array();
    }
}
