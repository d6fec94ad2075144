package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The parameter list of EXTENDED COPY (LID1) (SPC-4 6.4).
 *
 * <pre>
 * byte 0      list identifier, 1 bits 3-4 its usage
 * byte 2-3    length of the target descriptors, 8-11 of the segment descriptors, 12-15 of inline data
 * byte 16..   target descriptors of 32 bytes: type E4h, 4 code set, 5 association and type, 7 length, 8.. designator
 * then        segment descriptors of 28 bytes: type 02h, 2-3 length, 4-5 source, 6-7 destination,
 *             10-11 blocks, 12-19 source address, 20-27 destination address
 * </pre>
 *
 * @param listId by which the initiator may ask for the status
 * @param kept whether it may ask
 */
public record CopyList(int listId, boolean kept, List<Designator> targets, List<Segment> segments) {

    /** The most target descriptors. */
    public static final int TARGETS_MAX = 8;

    /** The most segment descriptors. */
    public static final int SEGMENTS_MAX = 64;

    /** The most bytes of target and segment descriptors together. */
    public static final int DESCRIPTOR_BYTES_MAX = 2_048;

    /** The longest segment in bytes. */
    public static final int SEGMENT_BYTES_MAX = 0xFFFF * 512;

    /** The longest list. */
    public static final int LIST_BYTES_MAX = 16 << 10;

    /** The descriptor type of a segment that copies blocks from a disk to a disk. */
    static final int BLOCK_TO_BLOCK = 0x02;

    /** The descriptor type of a target that is named by a designator. */
    static final int IDENTIFICATION = 0xE4;

    private static final int HEADER = 16;
    private static final int TARGET_BYTES = 32;
    private static final int SEGMENT_BYTES = 28;
    private static final int DESIGNATOR_BYTES_MAX = 20;
    private static final int USAGE_DISCARD = 2;
    private static final int USAGE_NONE = 3;

    public CopyList {
        targets = List.copyOf(targets);
        segments = List.copyOf(segments);
    }

    /** Blocks to be copied; source and destination are indexes of targets. */
    public record Segment(int source, int destination, int blocks, long from, long to) {}

    /** A list or why there is none. */
    public sealed interface Read {}

    /** What is asked for. */
    public record Good(CopyList list) implements Read {}

    /** The sense to end with. */
    public record Wrong(SenseCode code) implements Read {}

    /** Reads a list. */
    public static Read read(ByteBuffer in) {
        if (in.limit() < HEADER) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        int targetBytes = in.getShort(2) & 0xFFFF;
        long segmentBytes = in.getInt(8) & 0xFFFF_FFFFL;
        long inlineBytes = in.getInt(12) & 0xFFFF_FFFFL;
        long descriptors = targetBytes + segmentBytes;
        if (descriptors > DESCRIPTOR_BYTES_MAX || HEADER + descriptors + inlineBytes > in.limit()) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        if (targetBytes > TARGETS_MAX * TARGET_BYTES) {
            return new Wrong(SenseCode.TOO_MANY_TARGET_DESCRIPTORS);
        }
        if (segmentBytes > SEGMENTS_MAX * SEGMENT_BYTES) {
            return new Wrong(SenseCode.TOO_MANY_SEGMENT_DESCRIPTORS);
        }
        if (targetBytes % TARGET_BYTES != 0 || inlineBytes != 0) {
            return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        List<Designator> targets = new ArrayList<>();
        for (int at = HEADER; at < HEADER + targetBytes; at += TARGET_BYTES) {
            int length = in.get(at + 7) & 0xFF;
            if ((in.get(at) & 0xFF) != IDENTIFICATION) {
                return new Wrong(SenseCode.UNSUPPORTED_TARGET_DESCRIPTOR_TYPE);
            }
            if (length > DESIGNATOR_BYTES_MAX) {
                return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
            }
            byte[] bytes = new byte[length];
            in.get(at + 8, bytes);
            targets.add(new Designator(in.get(at + 4) & 0x0F, in.get(at + 5) & 0x3F, bytes));
        }
        return segments(in, HEADER + targetBytes, (int) segmentBytes, targets);
    }

    private static Read segments(ByteBuffer in, int from, int length, List<Designator> targets) {
        List<Segment> segments = new ArrayList<>();
        for (int at = from; at < from + length; at += SEGMENT_BYTES) {
            if ((in.get(at) & 0xFF) != BLOCK_TO_BLOCK) {
                return new Wrong(SenseCode.UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE);
            }
            if (from + length - at < SEGMENT_BYTES || (in.getShort(at + 2) & 0xFFFF) != SEGMENT_BYTES - 4) {
                return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
            }
            segments.add(new Segment(
                    in.getShort(at + 4) & 0xFFFF,
                    in.getShort(at + 6) & 0xFFFF,
                    in.getShort(at + 10) & 0xFFFF,
                    in.getLong(at + 12),
                    in.getLong(at + 20)));
        }
        int usage = (in.get(1) >>> 3) & 3;
        boolean kept = usage != USAGE_DISCARD && usage != USAGE_NONE;
        return new Good(new CopyList(in.get(0) & 0xFF, kept, targets, segments));
    }
}
