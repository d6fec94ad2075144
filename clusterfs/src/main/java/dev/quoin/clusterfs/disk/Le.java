package dev.quoin.clusterfs.disk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.UUID;

/** Little-endian numbers in byte arrays. */
public final class Le {

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Le() {}

    /** The unsigned 16-bit number at {@code at}. */
    public static int u16(byte[] bytes, int at) {
        return (short) SHORTS.get(bytes, at) & 0xFFFF;
    }

    /** The 32-bit number at {@code at}. */
    public static int i32(byte[] bytes, int at) {
        return (int) INTS.get(bytes, at);
    }

    /** The unsigned 32-bit number at {@code at}. */
    public static long u32(byte[] bytes, int at) {
        return i32(bytes, at) & 0xFFFF_FFFFL;
    }

    /** The 64-bit number at {@code at}. */
    public static long i64(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    /** Stores the low 16 bits of {@code value}. */
    public static void putU16(byte[] bytes, int at, int value) {
        SHORTS.set(bytes, at, (short) value);
    }

    /** Stores 32 bits. */
    public static void putI32(byte[] bytes, int at, int value) {
        INTS.set(bytes, at, value);
    }

    /** Stores 64 bits. */
    public static void putI64(byte[] bytes, int at, long value) {
        LONGS.set(bytes, at, value);
    }

    /** The 16 bytes at {@code at}, most significant half first, as a UUID. */
    static UUID uuid(byte[] bytes, int at) {
        return new UUID(Long.reverseBytes(i64(bytes, at)), Long.reverseBytes(i64(bytes, at + 8)));
    }

    /** Stores a UUID in the order in which it is printed. */
    static void putUuid(byte[] bytes, int at, UUID value) {
        putI64(bytes, at, Long.reverseBytes(value.getMostSignificantBits()));
        putI64(bytes, at + 8, Long.reverseBytes(value.getLeastSignificantBits()));
    }
}
