package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * What a pool writes at the start of each of its arrays, so that an array given under a wrong name is found, and a former
 * owner learns from the array itself that a later one exists.
 *
 * <p>Two slots, at bytes 0 and {@value #SLOT_LENGTH} of the array, are written in turn; the valid one with the higher sequence
 * counts. A torn write so leaves the label before.
 *
 * <pre>
 * byte  length  field of the body
 *   0     16    pool id
 *  16      4    part: which of the pool's arrays this is, from 0
 *  20      8    sequence: rises with each write of this array's label
 *  28      8    fencing token of the owner that wrote it
 *  36      4    extent count of the part
 *  40      8    extent size, bytes
 *  48      8    data start, bytes
 *  56    1+n    pool name, for people: length, UTF-8
 * </pre>
 *
 * @param token of the owner's EX lock on the pool
 */
public record PoolLabel(
        UUID pool,
        String poolName,
        int part,
        long sequence,
        long token,
        int extentCount,
        long extentSize,
        long dataStart) {

    /** The length of a slot, in bytes: a multiple of every block size. */
    public static final int SLOT_LENGTH = 65_536;

    /** The number of slots. */
    public static final int SLOTS = 2;

    /** The length of the area that the slots take, in bytes. */
    public static final long AREA_LENGTH = (long) SLOTS * SLOT_LENGTH;

    public PoolLabel {
        Names.check("pool", poolName);
        if (part < 0 || sequence < 0 || token <= 0) {
            throw new IllegalArgumentException(
                    "part " + part + ", sequence " + sequence + ", token " + token + " found, none negative expected");
        }
    }

    /** The label of a pool's part. */
    public static PoolLabel of(PoolRecord pool, int part, long sequence, long token) {
        PoolRecord.Part of = pool.parts().get(part);
        return new PoolLabel(
                pool.id(), pool.name(), part, sequence, token, of.extentCount(), pool.extentSize(), of.dataStart());
    }

    /** Which slot it goes to. */
    public int slot() {
        return (int) (sequence % SLOTS);
    }

    /** Whether it says the same of the same pool's part, whoever wrote it when. */
    public boolean describesSameAs(PoolLabel other) {
        return equals(new PoolLabel(
                other.pool,
                other.poolName,
                other.part,
                sequence,
                token,
                Math.min(extentCount, other.extentCount),
                other.extentSize,
                other.dataStart));
    }

    /** Its bytes. */
    public byte[] encode() {
        ByteBuffer body = Envelope.body(60 + Names.LENGTH_MAX);
        body.putLong(pool.getMostSignificantBits()).putLong(pool.getLeastSignificantBits());
        body.putInt(part).putLong(sequence).putLong(token);
        body.putInt(extentCount).putLong(extentSize).putLong(dataStart);
        Envelope.putName(body, poolName);
        return Envelope.seal(Envelope.MAGIC_LABEL, body);
    }

    /** The label at the start of {@code bytes}. */
    public static Decoded<PoolLabel> decode(byte[] bytes) {
        return Envelope.open(Envelope.MAGIC_LABEL, bytes, body -> {
            UUID pool = new UUID(body.getLong(), body.getLong());
            int part = body.getInt();
            long sequence = body.getLong();
            long token = body.getLong();
            int extentCount = body.getInt();
            long extentSize = body.getLong();
            long dataStart = body.getLong();
            return new PoolLabel(
                    pool, Envelope.getName(body), part, sequence, token, extentCount, extentSize, dataStart);
        });
    }
}
