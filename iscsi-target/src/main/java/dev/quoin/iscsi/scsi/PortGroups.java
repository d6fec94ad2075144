package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.List;

/** The answer to REPORT TARGET PORT GROUPS (SPC-4 6.37): a group for each port of the target, all active and optimized. */
public final class PortGroups {

    private static final int DESCRIPTOR = 12;
    private static final int ACTIVE_OPTIMIZED_SUPPORTED = 0x01;

    private PortGroups() {}

    /**
     * Length of what follows, with the extended form four bytes about times, then for each group:
     *
     * <pre>
     * byte 0    access state, 0
     * byte 1    states that there are
     * byte 2-3  group, 7 number of ports, then for each port: 2 reserved, relative identifier 2
     * </pre>
     */
    public static byte[] report(boolean extended, List<TargetPort> ports) {
        int length = (extended ? 4 : 0) + DESCRIPTOR * ports.size();
        ByteBuffer data = ByteBuffer.allocate(4 + length).putInt(length);
        if (extended) {
            data.put((byte) 0x10).put((byte) 0).putShort((short) 0);
        }
        for (TargetPort port : ports) {
            data.put((byte) 0)
                    .put((byte) ACTIVE_OPTIMIZED_SUPPORTED)
                    .putShort((short) port.relativeId())
                    .put((byte) 0)
                    .put((byte) 0)
                    .put((byte) 0)
                    .put((byte) 1)
                    .putShort((short) 0)
                    .putShort((short) port.relativeId());
        }
        return data.array();
    }
}
