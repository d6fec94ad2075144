package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The parameter list of MODE SELECT (SPC-4 7.5.4).
 *
 * <pre>
 * form   header  block descriptor length
 * 6      4       byte 3
 * 10     8       bytes 6-7
 * then block descriptors, which must say what is so, and pages
 * </pre>
 */
public final class ModeList {

    /** New settings or why there are none. */
    public sealed interface Read {}

    /** What the list asks for. */
    public record Changed(ModeSettings settings) implements Read {}

    /** The sense to end with. */
    public record Wrong(SenseCode code) implements Read {}

    private static final Wrong TOO_SHORT = new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
    private static final Wrong NOT_ALLOWED = new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);

    private ModeList() {}

    /** Reads a list; nothing is changed unless all of it is allowed. */
    public static Read read(boolean ten, ByteBuffer list, LogicalUnit unit, ModeSettings now) {
        int header = ten ? 8 : 4;
        if (list.limit() == 0) {
            return new Changed(now);
        }
        if (list.limit() < header) {
            return TOO_SHORT;
        }
        int descriptors = ten ? list.getShort(6) & 0xFFFF : list.get(3) & 0xFF;
        int at = header + descriptors;
        if (at > list.limit()) {
            return TOO_SHORT;
        }
        ModeSettings settings = now;
        while (at < list.limit()) {
            ModePage page = page(list, at);
            if (page == null || !page.isOf(unit)) {
                return NOT_ALLOWED;
            }
            if (list.limit() - at < page.length()) {
                return TOO_SHORT;
            }
            byte[] asked = new byte[page.length()];
            list.get(at, asked);
            if (!isAllowed(page, asked, unit, now)) {
                return NOT_ALLOWED;
            }
            settings = page.select(asked, unit, settings);
            at += page.length();
        }
        return new Changed(settings);
    }

    /** The page whose code, and subpage if it has one, is at {@code at}; null if there is none, also if the list ends in it. */
    private static @Nullable ModePage page(ByteBuffer list, int at) {
        int first = list.get(at) & 0xFF;
        int subpage = (first & ModePage.SPF) == 0 || at + 1 == list.limit() ? 0 : list.get(at + 1) & 0xFF;
        for (ModePage page : ModePage.values()) {
            boolean sameForm = (first & ModePage.SPF) != 0 == (page.subpage() != 0);
            if (sameForm && page.code() == (first & ~ModePage.SPF) && page.subpage() == subpage) {
                return page;
            }
        }
        return null;
    }

    private static boolean isAllowed(ModePage page, byte[] asked, LogicalUnit unit, ModeSettings now) {
        byte[] current = page.current(unit, now);
        byte[] changeable = page.changeable(unit);
        for (int i = 1; i < page.headerLength(); i++) {
            if (asked[i] != current[i]) {
                return false;
            }
        }
        for (int i = page.headerLength(); i < asked.length; i++) {
            if (((asked[i] ^ current[i]) & ~changeable[i]) != 0) {
                return false;
            }
        }
        return true;
    }
}
