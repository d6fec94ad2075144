package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/** The mode pages of a unit (SPC-4 7.5, SBC-4 6.5). */
enum ModePage {

    /**
     * Read-write error recovery (SBC-4 6.5.10): errors are corrected where they can be, AWRE and ARRE; byte 7 bit 7 is LBPERE, whether
     * initiators are warned when a threshold is reached.
     */
    ERROR_RECOVERY(0x01, 0, 12) {
        @Override
        byte[] current(LogicalUnit unit, ModeSettings settings) {
            byte[] page = empty();
            page[2] = AWRE_ARRE;
            page[7] = (byte) (settings.spaceWarnings() && hasThreshold(unit) ? LBPERE : 0);
            return page;
        }

        @Override
        byte[] changeable(LogicalUnit unit) {
            byte[] page = empty();
            page[7] = (byte) (hasThreshold(unit) ? LBPERE : 0);
            return page;
        }

        @Override
        ModeSettings select(byte[] asked, LogicalUnit unit, ModeSettings now) {
            return hasThreshold(unit) ? now.withSpaceWarnings((asked[7] & LBPERE) != 0) : now;
        }
    },

    /** Caching (SBC-4 6.5.6); byte 2 bit 2 is WCE. */
    CACHING(0x08, 0, 20) {
        @Override
        byte[] current(LogicalUnit unit, ModeSettings settings) {
            byte[] page = empty();
            page[2] = 0x04;
            return page;
        }
    },

    /**
     * Control (SPC-4 7.5.9); byte 2 bits 5-7 are TST, 1: a task set for each I_T nexus; bit 2 is D_SENSE; byte 3 bits 4-7 say that
     * commands may be reordered without restriction; byte 4 bit 3 is SWP.
     */
    CONTROL(0x0A, 0, 12) {
        @Override
        byte[] current(LogicalUnit unit, ModeSettings settings) {
            byte[] page = empty();
            page[2] = (byte) (TASK_SET_EACH_NEXUS | (settings.descriptorSense() ? D_SENSE : 0));
            page[3] = 0x10;
            page[4] = (byte) (settings.writeProtected() ? SWP : 0);
            return page;
        }

        @Override
        byte[] changeable(LogicalUnit unit) {
            byte[] page = empty();
            page[2] = D_SENSE;
            page[4] = SWP;
            return page;
        }

        @Override
        ModeSettings select(byte[] asked, LogicalUnit unit, ModeSettings now) {
            return new ModeSettings((asked[4] & SWP) != 0, (asked[2] & D_SENSE) != 0, now.spaceWarnings());
        }
    },

    /** Informational exceptions control (SPC-4 7.5.14): none are reported. */
    INFORMATIONAL_EXCEPTIONS(0x1C, 0, 12) {
        @Override
        byte[] current(LogicalUnit unit, ModeSettings settings) {
            return empty();
        }
    },

    /**
     * Logical block provisioning (SBC-4 6.5.9), where a unit knows what space it has. SITUA is 0: every nexus is warned. One
     * descriptor at byte 16, which an operator sets and no initiator:
     *
     * <pre>
     * byte 0    80h: enabled, a number of threshold sets, armed decreasing
     * byte 1    resource 1, what is available
     * byte 4-7  count
     * </pre>
     */
    PROVISIONING(0x1C, 2, 24) {
        @Override
        byte[] current(LogicalUnit unit, ModeSettings settings) {
            byte[] page = empty();
            ThresholdSets.of(unit)
                    .ifPresent(sets -> ByteBuffer.wrap(page)
                            .put(THRESHOLD_AT, (byte) 0x80)
                            .put(THRESHOLD_AT + 1, (byte) 1)
                            .putInt(THRESHOLD_AT + 4, (int) sets.low()));
            return page;
        }

        @Override
        boolean isOf(LogicalUnit unit) {
            return hasThreshold(unit);
        }
    };

    /** Where the descriptor of the threshold begins in its page. */
    static final int THRESHOLD_AT = 16;

    /** In byte 0 of a page: its second byte is the subpage, its third and fourth the length. */
    static final int SPF = 0x40;

    private static final byte AWRE_ARRE = (byte) 0xC0;
    private static final int LBPERE = 0x80;
    private static final int TASK_SET_EACH_NEXUS = 0x20;
    private static final int D_SENSE = 0x04;
    private static final int SWP = 0x08;

    private final int code;
    private final int subpage;
    private final int length;

    ModePage(int code, int subpage, int length) {
        this.code = code;
        this.subpage = subpage;
        this.length = length;
    }

    int code() {
        return code;
    }

    int subpage() {
        return subpage;
    }

    /** The length with code and length. */
    int length() {
        return length;
    }

    /** How many bytes code, subpage and length take. */
    int headerLength() {
        return subpage == 0 ? 2 : 4;
    }

    /** Whether the unit has the page. */
    boolean isOf(LogicalUnit unit) {
        return true;
    }

    /** The page under these settings. */
    abstract byte[] current(LogicalUnit unit, ModeSettings settings);

    /** The page with a bit set where it may be changed. */
    byte[] changeable(LogicalUnit unit) {
        return empty();
    }

    /** The settings after a page that differs only where it may. */
    ModeSettings select(byte[] asked, LogicalUnit unit, ModeSettings now) {
        return now;
    }

    byte[] empty() {
        ByteBuffer page = ByteBuffer.allocate(length);
        if (subpage == 0) {
            page.put((byte) code).put((byte) (length - 2));
        } else {
            page.put((byte) (code | SPF)).put((byte) subpage).putShort((short) (length - 4));
        }
        return page.array();
    }

    private static boolean hasThreshold(LogicalUnit unit) {
        return ThresholdSets.of(unit).isPresent();
    }
}
