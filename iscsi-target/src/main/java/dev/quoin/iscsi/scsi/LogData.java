package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The answers to LOG SENSE (SPC-4 6.8, 7.3; SBC-4 6.4.5): which pages there are, logical block provisioning where a unit knows what
 * space it has, and informational exceptions, of which there are none.
 */
public final class LogData {

    private static final int SUPPORTED = 0x00;
    private static final int PROVISIONING = 0x0C;
    private static final int INFORMATIONAL_EXCEPTIONS = 0x2F;
    private static final int ALL_SUBPAGES = 0xFF;

    /** "Subpage format" in byte 0. */
    private static final int SPF = 0x40;

    /** The parameter control byte of a list of binary numbers. */
    private static final int BINARY_LIST = 0x03;

    private static final int HEADER_LENGTH = 4;
    private static final int AVAILABLE = 1;
    private static final int USED = 2;
    private static final int THIS_UNIT_ALONE = 1;
    private static final int SHARED = 2;

    private static final int PAGE_BYTE = 2;
    private static final int SUBPAGE_BYTE = 3;
    private static final int PARAMETER_BYTE = 5;

    /** A page or the reason why there is none. */
    public sealed interface Answer {}

    /** The bytes, header first. */
    public record Data(byte[] bytes) implements Answer {}

    /** The command block is at fault at this byte. */
    public record Refused(int cdbByte) implements Answer {}

    private LogData() {}

    /** The page that the command asks for, from its parameter on. */
    public static Answer answer(ScsiCommand.LogSense command, LogicalUnit unit) {
        Optional<ThresholdSets> sets = ThresholdSets.of(unit);
        boolean lists = command.page() == SUPPORTED;
        if (command.subpage() != 0 && !(lists && command.subpage() == ALL_SUBPAGES)) {
            return new Refused(SUBPAGE_BYTE);
        }
        return switch (command.page()) {
            case SUPPORTED -> new Data(supported(command.subpage() == ALL_SUBPAGES, sets.isPresent()));
            case PROVISIONING ->
                sets.isPresent() ? provisioning(sets.get(), command.parameter()) : new Refused(PAGE_BYTE);
            case INFORMATIONAL_EXCEPTIONS ->
                command.parameter() == 0 ? new Data(informationalExceptions()) : new Refused(PARAMETER_BYTE);
            default -> new Refused(PAGE_BYTE);
        };
    }

    /** One byte a page, or with subpages two. */
    private static byte[] supported(boolean subpages, boolean provisioning) {
        List<Integer> pages = new ArrayList<>();
        pages.add(SUPPORTED << 8);
        if (subpages) {
            pages.add(SUPPORTED << 8 | ALL_SUBPAGES);
        }
        if (provisioning) {
            pages.add(PROVISIONING << 8);
        }
        pages.add(INFORMATIONAL_EXCEPTIONS << 8);
        int length = pages.size() * (subpages ? 2 : 1);
        byte[] page = empty(SUPPORTED | (subpages ? SPF : 0), subpages ? ALL_SUBPAGES : 0, length);
        ByteBuffer data = ByteBuffer.wrap(page).position(HEADER_LENGTH);
        for (int each : pages) {
            data.put((byte) (each >>> 8));
            if (subpages) {
                data.put((byte) each);
            }
        }
        return page;
    }

    /**
     * Resource counts in threshold sets.
     *
     * <pre>
     * byte 0-1  parameter: 1 available, 2 used
     * byte 2    control, 3 length 8
     * byte 4-7  count
     * byte 8    scope: 1 of this unit alone, 2 others may use it too
     * </pre>
     */
    private static Answer provisioning(ThresholdSets sets, int from) {
        if (from > USED) {
            return new Refused(PARAMETER_BYTE);
        }
        byte[] page = empty(PROVISIONING, 0, from > AVAILABLE ? 12 : 24);
        ByteBuffer data = ByteBuffer.wrap(page).position(HEADER_LENGTH);
        if (from <= AVAILABLE) {
            putCount(data, AVAILABLE, sets.available(), SHARED);
        }
        putCount(data, USED, sets.used(), THIS_UNIT_ALONE);
        return new Data(page);
    }

    private static void putCount(ByteBuffer data, int parameter, long count, int scope) {
        data.putShort((short) parameter)
                .put((byte) BINARY_LIST)
                .put((byte) 8)
                .putInt((int) count)
                .put((byte) scope)
                .put(new byte[3]);
    }

    /** Parameter 0: no code, no qualifier, temperature not known. */
    private static byte[] informationalExceptions() {
        byte[] page = empty(INFORMATIONAL_EXCEPTIONS, 0, 8);
        page[6] = BINARY_LIST;
        page[7] = 4;
        page[10] = (byte) 0xFF;
        return page;
    }

    private static byte[] empty(int page, int subpage, int length) {
        return ByteBuffer.allocate(HEADER_LENGTH + length)
                .put((byte) page)
                .put((byte) subpage)
                .putShort((short) length)
                .array();
    }
}
