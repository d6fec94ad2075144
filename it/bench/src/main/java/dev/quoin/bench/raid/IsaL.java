package dev.quoin.bench.raid;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The parity kernels of Intel's Intelligent Storage Acceleration Library, if it is installed. */
final class IsaL {

    /** The Debian package. */
    static final String PACKAGE = "libisal2";

    private static final String LIBRARY = "libisal.so.2";

    private final MethodHandle xor;
    private final MethodHandle pq;

    // Calls of a library are restricted; these two have the signature that its header says: int f(int vects, int len,
    // void **array).
    @SuppressWarnings("restricted")
    private IsaL() {
        SymbolLookup library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        FunctionDescriptor signature = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        xor = Linker.nativeLinker().downcallHandle(library.find("xor_gen").orElseThrow(), signature);
        pq = Linker.nativeLinker().downcallHandle(library.find("pq_gen").orElseThrow(), signature);
    }

    /** Binds it. */
    static Optional<IsaL> find() {
        try {
            return Optional.of(new IsaL());
        } catch (IllegalArgumentException absent) {
            return Optional.empty();
        }
    }

    /** The addresses of data and, behind them, parities. */
    static MemorySegment vector(MemorySegment... segments) {
        MemorySegment vector = Arena.global().allocate(ValueLayout.ADDRESS, segments.length);
        for (int i = 0; i < segments.length; i++) {
            vector.setAtIndex(ValueLayout.ADDRESS, i, segments[i]);
        }
        return vector;
    }

    void xor(int segments, int length, MemorySegment vector) {
        call(xor, segments, length, vector);
    }

    void pq(int segments, int length, MemorySegment vector) {
        call(pq, segments, length, vector);
    }

    private static void call(MethodHandle function, int segments, int length, MemorySegment vector) {
        int failed;
        try {
            failed = (int) function.invokeExact(segments, length, vector);
        } catch (Throwable failure) {
            throw new IllegalStateException("a native call threw", failure);
        }
        if (failed != 0) {
            throw new IllegalStateException("the library refused " + segments + " segments of " + length + " bytes");
        }
    }
}
