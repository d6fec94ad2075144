package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.wire.IscsiName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An initiator port that reaches the unit through a target port (I_T nexus).
 *
 * @param initiator the iSCSI name in lower case: names have no case (RFC 7143 4.2.7.2)
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param targetPort the relative identifier of the target port
 */
public record Nexus(String initiator, long isid, int targetPort) {

    /** The longest iSCSI name in bytes. */
    public static final int NAME_BYTES_MAX = 223;

    /** Protocol identifier 5, iSCSI, and format 01b: the name and the ISID. */
    private static final int PORT_FORMAT = 0x45;

    private static final int HEADER = 4;
    private static final String SEPARATOR = ",i,0x";
    private static final int ISID_DIGITS = 12;

    public Nexus {
        initiator = new IscsiName(initiator).text();
    }

    /**
     * The TransportID of the initiator port (SPC-4 7.6.4.6), a multiple of four bytes.
     *
     * <pre>
     * byte 0    45h, protocol 5 (iSCSI), format 01b
     * byte 2-3  length of what follows
     * byte 4..  name, ",i,0x", ISID as 12 hexadecimal digits, a NUL and zeroes
     * </pre>
     */
    public byte[] transportId() {
        byte[] text = (initiator + SEPARATOR + "%012x".formatted(isid)).getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 1 + 3) & ~3;
        return ByteBuffer.allocate(HEADER + padded)
                .put((byte) PORT_FORMAT)
                .put((byte) 0)
                .putShort((short) padded)
                .put(text)
                .array();
    }

    /** Where a TransportID ends and whom it names. */
    public record Parsed(Nexus nexus, int end) {}

    /** Reads a TransportID at {@code at} that ends before {@code limit}; null if it is none of an iSCSI initiator port. */
    public static @Nullable Parsed parse(ByteBuffer in, int at, int limit, int targetPort) {
        if (limit - at < HEADER || (in.get(at) & 0xFF) != PORT_FORMAT) {
            return null;
        }
        int length = in.getShort(at + 2) & 0xFFFF;
        if (length % 4 != 0 || length > limit - at - HEADER) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.get(at + HEADER, bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        int nul = text.indexOf(0);
        int name = text.indexOf(SEPARATOR);
        if (nul < 0 || name < 1 || name > NAME_BYTES_MAX || nul - name - SEPARATOR.length() != ISID_DIGITS) {
            return null;
        }
        try {
            long isid = Long.parseLong(text, name + SEPARATOR.length(), nul, 16);
            return isid < 0
                    ? null
                    : new Parsed(new Nexus(text.substring(0, name), isid, targetPort), at + HEADER + length);
        } catch (NumberFormatException notHex) {
            return null;
        }
    }
}
