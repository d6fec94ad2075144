package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A volume.
 *
 * <pre>
 * byte  length  field of the body
 *   0     16    volume id
 *  16      1    state: 1 active, 2 deleting
 *  17      8    size, bytes
 *  25    1+n    name: length, UTF-8
 *       1+n     pool name: length, UTF-8
 * </pre>
 *
 * @param size in bytes, a multiple of the pool's block size
 */
public record VolumeRecord(UUID id, String name, String pool, State state, long size) {

    /** Where it is in its life. */
    public enum State {
        /** It can be opened. */
        ACTIVE,
        /** Its map is being taken apart; it cannot be opened any more. */
        DELETING
    }

    public VolumeRecord {
        Names.check("volume", name);
        Names.check("pool", pool);
        if (size <= 0) {
            throw new IllegalArgumentException("size " + size + " found, a positive number of bytes expected");
        }
    }

    /** The same volume, on its way out. */
    public VolumeRecord deleting() {
        return new VolumeRecord(id, name, pool, State.DELETING, size);
    }

    /** The same volume of another size. */
    public VolumeRecord withSize(long newSize) {
        return new VolumeRecord(id, name, pool, state, newSize);
    }

    /** Its bytes. */
    public byte[] encode() {
        ByteBuffer body = Envelope.body(32 + 2 * (1 + Names.LENGTH_MAX));
        body.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        body.put((byte) (state.ordinal() + 1)).putLong(size);
        Envelope.putName(body, name);
        Envelope.putName(body, pool);
        return Envelope.seal(Envelope.MAGIC_VOLUME, body);
    }

    /** The volume in {@code bytes}. */
    public static Decoded<VolumeRecord> decode(byte[] bytes) {
        return Envelope.open(Envelope.MAGIC_VOLUME, bytes, body -> {
            UUID id = new UUID(body.getLong(), body.getLong());
            State state = constant(State.values(), body.get());
            long size = body.getLong();
            String name = Envelope.getName(body);
            return new VolumeRecord(id, name, Envelope.getName(body), state, size);
        });
    }

    /** The constant that {@code number}, counted from 1, stands for. */
    static <E> E constant(E[] constants, int number) {
        if (number < 1 || number > constants.length) {
            throw new IllegalArgumentException("state " + number + " found, 1 to " + constants.length + " expected");
        }
        return constants[number - 1];
    }
}
