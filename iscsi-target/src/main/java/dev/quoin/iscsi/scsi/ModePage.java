package dev.quoin.iscsi.scsi;

/** The mode pages of a unit (SPC-4 7.5, SBC-4 6.5). */
enum ModePage {

    /** Caching (SBC-4 6.5.6); byte 2 bit 2 is WCE. */
    CACHING(0x08, 20) {
        @Override
        byte[] current(ModeSettings settings) {
            byte[] page = empty();
            page[2] = 0x04;
            return page;
        }
    },

    /**
     * Control (SPC-4 7.5.9); byte 2 bit 2 is D_SENSE, byte 3 bits 4-7 say that commands may be reordered without restriction, byte
     * 4 bit 3 is SWP.
     */
    CONTROL(0x0A, 12) {
        @Override
        byte[] current(ModeSettings settings) {
            byte[] page = empty();
            page[2] = (byte) (settings.descriptorSense() ? D_SENSE : 0);
            page[3] = 0x10;
            page[4] = (byte) (settings.writeProtected() ? SWP : 0);
            return page;
        }

        @Override
        byte[] changeable() {
            byte[] page = empty();
            page[2] = D_SENSE;
            page[4] = SWP;
            return page;
        }
    },

    /** Informational exceptions control (SPC-4 7.5.14): none are reported. */
    INFORMATIONAL_EXCEPTIONS(0x1C, 12) {
        @Override
        byte[] current(ModeSettings settings) {
            return empty();
        }
    };

    private static final int D_SENSE = 0x04;
    private static final int SWP = 0x08;

    private final int code;
    private final int length;

    ModePage(int code, int length) {
        this.code = code;
        this.length = length;
    }

    int code() {
        return code;
    }

    /** The length with code and length. */
    int length() {
        return length;
    }

    /** The page under these settings. */
    abstract byte[] current(ModeSettings settings);

    /** The page with a bit set where it may be changed. */
    byte[] changeable() {
        return empty();
    }

    byte[] empty() {
        byte[] page = new byte[length];
        page[0] = (byte) code;
        page[1] = (byte) (length - 2);
        return page;
    }

    /** The settings of a control page. */
    static ModeSettings settings(byte[] control) {
        return new ModeSettings((control[4] & SWP) != 0, (control[2] & D_SENSE) != 0);
    }
}
