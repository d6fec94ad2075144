package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who uses a slot, so that a start after the loss of everything else can find the journals to replay.
 *
 * <pre>
 * byte  size  field
 *    0    64  {@link BlockHeader}, type 2, owner 0
 *   64     4  slot
 *   68     4  state: 1 clean, 2 in use
 *   72     8  epoch: one more with each claim and each recovery; the journal's records carry it
 *   80     8  lock session of the owner, 0 if clean
 *   88    16  uuid of the mount
 *  104     8  time of the claim, nanoseconds since 1970, for people
 *  112     2  length of the node name in bytes
 *  114   255  node name, UTF-8, filled up with zeroes
 *  369  3727  reserved, zero
 * </pre>
 *
 * @param session the owner's session at the lock manager, 0 if there is no owner
 * @param claimed nanoseconds since 1970
 * @param node at most 255 bytes of UTF-8
 */
public record SlotClaim(int slot, State state, long epoch, long session, UUID mount, long claimed, String node) {

    /** The longest node name, in bytes of UTF-8. */
    public static final int NODE_MAX = 255;

    /** Whether the slot's journal may hold changes that are not in place. The codes are on disk. */
    public enum State {
        /** All is in place; the slot is free. */
        CLEAN(1),
        /** A node has it, or had it and died. */
        IN_USE(2);

        private final int code;

        State(int code) {
            this.code = code;
        }

        private static @Nullable State ofCode(int code) {
            for (State state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            return null;
        }
    }

    public SlotClaim {
        if (node.getBytes(StandardCharsets.UTF_8).length > NODE_MAX) {
            throw new IllegalArgumentException(
                    "node name \"" + node + "\" found, at most " + NODE_MAX + " bytes of UTF-8 expected");
        }
    }

    /** The claim of a slot that nobody has used yet. */
    public static SlotClaim unused(int slot) {
        return new SlotClaim(slot, State.CLEAN, 0, 0, new UUID(0, 0), 0, "");
    }

    /** The sealed block. */
    public byte[] encode(long fsId, FsLayout layout) {
        byte[] out = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(BlockType.SLOT_CLAIM, fsId, layout.claimBlock(slot), 0, epoch, slot).encode(out);
        Le.putI32(out, 64, slot);
        Le.putI32(out, 68, state.code);
        Le.putI64(out, 72, epoch);
        Le.putI64(out, 80, session);
        Le.putUuid(out, 88, mount);
        Le.putI64(out, 104, claimed);
        byte[] text = node.getBytes(StandardCharsets.UTF_8);
        Le.putU16(out, 112, text.length);
        System.arraycopy(text, 0, out, 114, text.length);
        BlockHeader.seal(out);
        return out;
    }

    /** Reads the claim of {@code slot}. */
    public static Decoded<SlotClaim> decode(byte[] content, long fsId, FsLayout layout, int slot) {
        if (BlockHeader.decode(content, fsId, layout.claimBlock(slot), BlockType.SLOT_CLAIM, 0)
                instanceof Corrupt<BlockHeader> corrupt) {
            return corrupt.retyped();
        }
        if (Le.i32(content, 64) != slot) {
            return Decoded.corrupt(Reason.BAD_FIELD, "slot", Le.i32(content, 64), slot);
        }
        State state = State.ofCode(Le.i32(content, 68));
        if (state == null) {
            return Decoded.corrupt(Reason.BAD_FIELD, "state", Le.i32(content, 68), "1 or 2");
        }
        int length = Le.u16(content, 112);
        if (length > NODE_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "node name length", length, "0 to " + NODE_MAX);
        }
        return new Decoded.Valid<>(new SlotClaim(
                slot,
                state,
                Le.i64(content, 72),
                Le.i64(content, 80),
                Le.uuid(content, 88),
                Le.i64(content, 104),
                new String(content, 114, length, StandardCharsets.UTF_8)));
    }
}
