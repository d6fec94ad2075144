package dev.quoin.clusterfs.glock;

import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.dlm.api.ResourceName;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The name of a lock, 24 bytes, big-endian so that names sort by type and number.
 *
 * <pre>
 * byte  size  field
 *    0     8  file system id
 *    8     1  type: M file system, T rename, I inode, R resource group, J journal slot, X recovery of a slot, U one mount
 *    9     3  zero
 *   12     8  number: inode block, group, slot, or the first 8 bytes of the mount's uuid
 *   20     4  generation of the inode, or the last 4 bytes of the mount's uuid, else zero
 * </pre>
 */
public record LockName(long fsId, char type, long number, int generation) {

    /** Held by every mount in CR. */
    public static LockName mount(long fsId) {
        return new LockName(fsId, 'M', 0, 0);
    }

    /** Held by one mount from before it claims a slot until after it has let it go: while it is held, its claim is in good hands. */
    public static LockName claimant(long fsId, UUID mount) {
        return new LockName(fsId, 'U', mount.getMostSignificantBits(), (int) mount.getLeastSignificantBits());
    }

    /** Held by whoever moves a name from one directory to another. */
    public static LockName rename(long fsId) {
        return new LockName(fsId, 'T', 0, 0);
    }

    /** Guards an inode, its tree and its content. */
    public static LockName inode(long fsId, InodeId inode) {
        return new LockName(fsId, 'I', inode.block(), inode.generation());
    }

    /** Guards a resource group. */
    public static LockName group(long fsId, int group) {
        return new LockName(fsId, 'R', group, 0);
    }

    /** Held by the owner of a slot. */
    public static LockName slot(long fsId, int slot) {
        return new LockName(fsId, 'J', slot, 0);
    }

    /** Held by whoever recovers a slot. */
    public static LockName recovery(long fsId, int slot) {
        return new LockName(fsId, 'X', slot, 0);
    }

    /** The name for the lock manager. */
    public ResourceName resource() {
        ByteBuffer bytes = ByteBuffer.allocate(24);
        bytes.putLong(fsId).put((byte) type).put(new byte[3]).putLong(number).putInt(generation);
        return ResourceName.of(bytes.array());
    }

    @Override
    public String toString() {
        return type + ":" + number + (generation == 0 ? "" : "." + Integer.toUnsignedString(generation));
    }
}
