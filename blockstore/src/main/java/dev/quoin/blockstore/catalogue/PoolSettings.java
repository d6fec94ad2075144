package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;

/**
 * What an operator may set of a pool at any time. A pool without such a record has {@link #DEFAULT}.
 *
 * <pre>
 * byte  length  field of the body
 *   0      1    the share of its extents in use at which users are warned, percent, 1 to 100
 *   1    1+n    pool name: length, UTF-8
 * </pre>
 *
 * @param warnAtPercent 100 for a warning when it is full, and not before
 */
public record PoolSettings(int warnAtPercent) {

    /** Users are warned at 80 %. */
    public static final PoolSettings DEFAULT = new PoolSettings(80);

    public PoolSettings {
        if (warnAtPercent < 1 || warnAtPercent > 100) {
            throw new IllegalArgumentException(
                    "a warning at " + warnAtPercent + " % of the space in use found, 1 to 100 expected");
        }
    }

    /** The settings of a pool and its name, which tells a record under a wrong key. */
    public record Named(String pool, PoolSettings settings) {}

    /** Their bytes as those of a pool. */
    public byte[] encode(String pool) {
        ByteBuffer body = Envelope.body(2 + Names.LENGTH_MAX);
        body.put((byte) warnAtPercent);
        Envelope.putName(body, pool);
        return Envelope.seal(Envelope.MAGIC_SETTINGS, body);
    }

    /** The settings in {@code bytes}. */
    public static Decoded<Named> decode(byte[] bytes) {
        return Envelope.open(Envelope.MAGIC_SETTINGS, bytes, body -> {
            PoolSettings settings = new PoolSettings(body.get());
            return new Named(Names.check("pool", Envelope.getName(body)), settings);
        });
    }
}
