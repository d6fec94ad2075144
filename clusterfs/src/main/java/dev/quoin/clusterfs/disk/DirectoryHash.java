package dev.quoin.clusterfs.disk;

/**
 * Places names in a directory: SipHash-2-4 of the name (Aumasson and Bernstein, 2012), keyed per file system so that nobody can
 * choose names that collide.
 *
 * <p>A key is 47 bits of hash, at least 1, and 16 bits of collision number: positive, and greater than the position 0 at which a
 * listing begins.
 */
public record DirectoryHash(long key0, long key1) {

    /** How many names can share one hash. */
    public static final int COLLISIONS_MAX = 1 << 16;

    /** The key of the first name with this hash; the others follow up to {@code COLLISIONS_MAX - 1} more. */
    public long key(byte[] name) {
        long hash = siphash(name) >>> 17;
        return Math.max(1, hash) << 16;
    }

    private long siphash(byte[] in) {
        long v0 = 0x736f6d6570736575L ^ key0;
        long v1 = 0x646f72616e646f6dL ^ key1;
        long v2 = 0x6c7967656e657261L ^ key0;
        long v3 = 0x7465646279746573L ^ key1;
        int whole = in.length & ~7;
        for (int at = 0; at <= whole; at += 8) {
            long word = at < whole ? Le.i64(in, at) : tail(in, whole);
            v3 ^= word;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= word;
        }
        v2 ^= 0xFF;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long tail(byte[] in, int from) {
        long word = (long) in.length << 56;
        for (int i = in.length - 1; i >= from; i--) {
            word |= (in[i] & 0xFFL) << (8 * (i - from));
        }
        return word;
    }

    /** The full 64-bit hash, for the test against the published vectors. */
    long full(byte[] name) {
        return siphash(name);
    }
}
