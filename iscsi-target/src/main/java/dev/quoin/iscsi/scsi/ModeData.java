package dev.quoin.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * The answers to MODE SENSE (SPC-4 7.5, SBC-4 6.5).
 *
 * <p>The caching page says WCE = 1: a plain write is visible at once and durable only after SYNCHRONIZE CACHE or with FUA.
 */
public final class ModeData {

    private static final int ALL = 0x3F;
    private static final int ALL_SUBPAGES = 0xFF;
    private static final int CHANGEABLE = 1;
    private static final int DEFAULT = 2;
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
    public static Answer answer(ScsiCommand.ModeSense command, LogicalUnit unit, ModeSettings settings) {
        if (command.pageControl() == SAVED) {
            return new Refused(Sense.of(SenseCode.SAVING_PARAMETERS_NOT_SUPPORTED));
        }
        ByteArrayOutputStream pages = new ByteArrayOutputStream();
        for (ModePage page : ModePage.values()) {
            if (isAsked(command, page) && page.isOf(unit)) {
                pages.writeBytes(
                        switch (command.pageControl()) {
                            case CHANGEABLE -> page.changeable(unit);
                            case DEFAULT -> page.current(unit, ModeSettings.DEFAULT);
                            default -> page.current(unit, settings);
                        });
            }
        }
        if (pages.size() == 0) {
            boolean isSubpage = command.subpage() != 0 && command.subpage() != ALL_SUBPAGES;
            return new Refused(Sense.invalidField(isSubpage ? 3 : 2));
        }
        byte[] descriptor = descriptor(command, unit);
        int rest = descriptor.length + pages.size();
        int parameter = DPO_FUA | (unit.readOnly() || settings.writeProtected() ? WRITE_PROTECT : 0);
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

    private static boolean isAsked(ScsiCommand.ModeSense command, ModePage page) {
        return (command.page() == ALL || command.page() == page.code())
                && (command.subpage() == ALL_SUBPAGES || command.subpage() == page.subpage());
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
}
