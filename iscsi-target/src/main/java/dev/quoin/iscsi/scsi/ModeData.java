package dev.quoin.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * The answers to MODE SENSE (SPC-4 7.5, SBC-4 6.5): caching and control page. No page can be changed.
 *
 * <p>The caching page says WCE = 1: a plain write is visible at once and durable only after SYNCHRONIZE CACHE or with FUA.
 */
public final class ModeData {

    private static final int CACHING = 0x08;
    private static final int CONTROL = 0x0A;
    private static final int ALL = 0x3F;
    private static final int ALL_SUBPAGES = 0xFF;
    private static final int CHANGEABLE = 1;
    private static final int SAVED = 3;
    private static final int WRITE_PROTECT = 0x80;
    private static final int DPO_FUA = 0x10;

    /** Mode parameters or the reason why there are none. */
    public sealed interface Answer {}

    /** The bytes, header first. */
    public record Data(byte[] bytes) implements Answer {}

    /** What to report instead. */
    public record Refused(Sense sense) implements Answer {}

    private ModeData() {}

    /** Header, block descriptor and pages. */
    public static Answer answer(ScsiCommand.ModeSense command, LogicalUnit unit) {
        if (command.pageControl() == SAVED) {
            return new Refused(Sense.of(SenseCode.SAVING_PARAMETERS_NOT_SUPPORTED));
        }
        if (command.subpage() != 0 && command.subpage() != ALL_SUBPAGES) {
            return new Refused(Sense.invalidField(3));
        }
        ByteArrayOutputStream pages = new ByteArrayOutputStream();
        boolean changeable = command.pageControl() == CHANGEABLE;
        boolean all = command.page() == ALL;
        if (all || command.page() == CACHING) {
            pages.writeBytes(caching(changeable));
        }
        if (all || command.page() == CONTROL) {
            pages.writeBytes(control(changeable));
        }
        if (pages.size() == 0) {
            return new Refused(Sense.invalidField(2));
        }
        byte[] descriptor = descriptor(command, unit);
        int rest = descriptor.length + pages.size();
        int parameter = DPO_FUA | (unit.readOnly() ? WRITE_PROTECT : 0);
        ByteBuffer data;
        if (command.ten()) {
            data = ByteBuffer.allocate(8 + rest)
                    .putShort((short) (6 + rest))
                    .put((byte) 0)
                    .put((byte) parameter)
                    .put((byte) (descriptor.length == 16 ? 1 : 0))
                    .put((byte) 0)
                    .putShort((short) descriptor.length);
        } else {
            data = ByteBuffer.allocate(4 + rest)
                    .put((byte) (3 + rest))
                    .put((byte) 0)
                    .put((byte) parameter)
                    .put((byte) descriptor.length);
        }
        return new Data(data.put(descriptor).put(pages.toByteArray()).array());
    }

    private static byte[] descriptor(ScsiCommand.ModeSense command, LogicalUnit unit) {
        if (command.noBlockDescriptor()) {
            return new byte[0];
        }
        long blocks = unit.geometry().blockCount();
        int blockSize = unit.geometry().blockSize();
        if (command.longLba()) {
            return ByteBuffer.allocate(16).putLong(blocks).putInt(12, blockSize).array();
        }
        return ByteBuffer.allocate(8)
                .putInt((int) Math.min(blocks, 0xFFFF_FFFFL))
                .putInt(blockSize)
                .array();
    }

    /** Caching (SBC-4 6.5.6), 20 bytes; byte 2 bit 2 is WCE. */
    private static byte[] caching(boolean changeable) {
        byte[] page = new byte[20];
        page[0] = CACHING;
        page[1] = 18;
        if (!changeable) {
            page[2] = 0x04;
        }
        return page;
    }

    /** Control (SPC-4 7.5.9), 12 bytes; byte 3 bits 4-7 say that commands may be reordered without restriction. */
    private static byte[] control(boolean changeable) {
        byte[] page = new byte[12];
        page[0] = CONTROL;
        page[1] = 10;
        if (!changeable) {
            page[3] = 0x10;
        }
        return page;
    }
}
