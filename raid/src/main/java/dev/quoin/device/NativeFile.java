package dev.quoin.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One open file with the Linux calls that the Java library lacks: {@code preadv2(RWF_NOWAIT)}, {@code fallocate},
 * {@code sync_file_range} and {@code flock}, through the foreign-function interface; and {@code pwrite} for threads that may be interrupted.
 *
 * <p>It holds a descriptor of its own beside the {@link java.nio.channels.FileChannel}. Its lock is {@code flock(2)} and not the
 * channel's {@code fcntl(2)} lock, because the latter is lost as soon as anybody in the process closes the same file.
 *
 * <p>Safe for use by many threads. Who calls {@link #close()} makes sure that no other call is under way: a descriptor
 * number is used again by the next file that is opened.
 */
final class NativeFile implements AutoCloseable {

    /** The largest heap buffer that {@link #readNow} serves, in bytes: such a read is copied once more. */
    static final int BOUNCE_MAX = 128 * 1024;

    private static final int SCRATCH_MAX = 16;

    /** So that no two places for scratches share a cache line of 64 bytes. */
    private static final int SCRATCH_STEP = 16;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int RWF_NOWAIT = 8;
    private static final int SYNC_FILE_RANGE_WRITE = 2;
    private static final int EAGAIN = 11;
    private static final int SEEK_END = 2;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final @Nullable Calls CALLS = Calls.bind();

    private final Calls calls;
    private final int descriptor;
    private final boolean readsNow;
    private final AtomicReferenceArray<@Nullable Scratch> scratches =
            new AtomicReferenceArray<>(SCRATCH_MAX * SCRATCH_STEP);

    private NativeFile(Calls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
        this.readsNow = knowsNoWait();
    }

    /** Whether this platform and this process have such calls. */
    static boolean isAvailable() {
        return CALLS != null;
    }

    /**
     * Opens an existing file; null where this platform or this process has no such calls, or the file cannot be opened.
     *
     * @param claims whether it is a disk that nobody else may claim or mount until it is closed
     */
    static @Nullable NativeFile open(Path path, DeviceProvider.Access access, boolean claims) {
        if (CALLS == null) {
            return null;
        }
        int flags =
                O_CLOEXEC | (access == DeviceProvider.Access.READ_WRITE ? O_RDWR : O_RDONLY) | (claims ? O_EXCL : 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString());
            int descriptor = (int) CALLS.open.invokeExact(name, flags);
            return descriptor < 0 ? null : new NativeFile(CALLS, descriptor);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** Takes the advisory lock of the file at once, for this object; false if another one has it in a way that conflicts. */
    boolean lock(boolean exclusive) {
        try {
            return (int) calls.flock.invokeExact(descriptor, LOCK_NB | (exclusive ? LOCK_EX : LOCK_SH)) == 0;
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /**
     * Reads all remaining bytes if they are in the page cache.
     *
     * @return false if they are not, or the system cannot tell; the position of {@code target} is then unchanged
     */
    boolean readNow(long offset, ByteBuffer target) {
        int length = target.remaining();
        if (!readsNow || (!target.isDirect() && length > BOUNCE_MAX)) {
            return false;
        }
        Scratch scratch = takeScratch();
        try {
            if (target.isDirect()) {
                if (!scratch.read(
                        calls, descriptor, MemorySegment.ofBuffer(target).address(), length, offset)) {
                    return false;
                }
                target.position(target.limit());
                return true;
            }
            ByteBuffer bounce = scratch.bounce(length);
            if (!scratch.read(calls, descriptor, MemorySegment.ofBuffer(bounce).address(), length, offset)) {
                return false;
            }
            target.put(bounce);
            return true;
        } finally {
            giveScratch(scratch);
        }
    }

    /** Looks first where this thread has left one. No lock: a thread that is held up with it would hold up all. */
    private Scratch takeScratch() {
        int first = firstPlace();
        for (int i = 0; i < scratches.length(); i += SCRATCH_STEP) {
            Scratch scratch = scratches.getAndSet((first + i) % scratches.length(), null);
            if (scratch != null) {
                return scratch;
            }
        }
        return new Scratch();
    }

    /** With all places taken it is left to the collector. */
    private void giveScratch(Scratch scratch) {
        int first = firstPlace();
        for (int i = 0; i < scratches.length(); i += SCRATCH_STEP) {
            if (scratches.compareAndSet((first + i) % scratches.length(), null, scratch)) {
                return;
            }
        }
    }

    private static int firstPlace() {
        return (int) (Thread.currentThread().threadId() % SCRATCH_MAX) * SCRATCH_STEP;
    }

    /**
     * Writes all remaining bytes of a direct buffer into the page cache.
     *
     * @param size what the file is to be long at least: nothing is written to one that was cut short
     * @return false if not all was written; the position of {@code source} is then unchanged
     */
    boolean writeNow(long offset, ByteBuffer source, long size) {
        if (!source.isDirect()) {
            return false;
        }
        int length = source.remaining();
        try {
            if ((long) calls.lseek.invokeExact(descriptor, 0L, SEEK_END) < size) {
                return false;
            }
            MemorySegment bytes = MemorySegment.ofBuffer(source);
            if ((long) calls.pwrite.invokeExact(descriptor, bytes, (long) length, offset) != length) {
                return false;
            }
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
        source.position(source.limit());
        return true;
    }

    /** Begins to write a range of the page cache to the medium, and does not wait for that. A hint: nobody learns whether it was taken. */
    void writeBack(long offset, long length) {
        try {
            int ignored = (int) calls.syncFileRange.invokeExact(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** Frees the space of the range, which reads as zeroes then; false if the file system cannot. */
    boolean punchHole(long offset, long length) {
        try {
            int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
            return (int) calls.fallocate.invokeExact(descriptor, mode, offset, length) == 0;
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    @Override
    public void close() {
        try {
            // Nothing is buffered above the descriptor, so a failing close loses nothing.
            int ignored = (int) calls.close.invokeExact(descriptor);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** Asks the kernel once: an old kernel or a file system without the flag refuses it with another error than EAGAIN. */
    private boolean knowsNoWait() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment vector = arena.allocate(16, 8);
            MemorySegment target = arena.allocate(1);
            vector.set(LONG, 0, target.address());
            vector.set(LONG, 8, 1L);
            long got = (long) calls.preadv2Errno.invokeExact(state, descriptor, vector, 1, 0L, RWF_NOWAIT);
            return got >= 0 || (int) Calls.ERRNO.get(state, 0L) == EAGAIN;
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    /** Turns what a method handle is declared to throw, and never does, into an error that nobody hides. */
    private static IllegalStateException unexpected(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("a native call threw", failure);
    }

    /** The memory that one read needs outside the heap. Freed with the object by the collector. */
    private static final class Scratch {

        private final MemorySegment vector = Arena.ofAuto().allocate(16, 8);
        private @Nullable ByteBuffer bounce;

        boolean read(Calls calls, int descriptor, long address, int length, long offset) {
            vector.set(WORD, 0, address);
            vector.set(WORD, 8, length);
            try {
                return (long) calls.preadv2.invokeExact(descriptor, vector, 1, offset, RWF_NOWAIT) == length;
            } catch (Throwable failure) {
                throw unexpected(failure);
            }
        }

        ByteBuffer bounce(int length) {
            if (bounce == null) {
                bounce = ByteBuffer.allocateDirect(BOUNCE_MAX);
            }
            return bounce.clear().limit(length);
        }
    }

    /** The bound functions of the C library. */
    private record Calls(
            MethodHandle open,
            MethodHandle close,
            MethodHandle flock,
            MethodHandle fallocate,
            MethodHandle lseek,
            MethodHandle pwrite,
            MethodHandle syncFileRange,
            MethodHandle preadv2,
            MethodHandle preadv2Errno) {

        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final VarHandle ERRNO = STATE.varHandle(StructLayout.PathElement.groupElement("errno"));

        // Binding native code is restricted; the nine signatures are those of the Linux manual pages.
        @SuppressWarnings("restricted")
        static @Nullable Calls bind() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux")) {
                return null;
            }
            try {
                Linker linker = Linker.nativeLinker();
                var pointer = ValueLayout.ADDRESS;
                var preadv2 = FunctionDescriptor.of(LONG, INT, pointer, INT, LONG, INT);
                MemorySegment preadv2Address =
                        linker.defaultLookup().find("preadv2").orElseThrow();
                return new Calls(
                        handle(linker, "open", FunctionDescriptor.of(INT, pointer, INT)),
                        handle(linker, "close", FunctionDescriptor.of(INT, INT)),
                        handle(linker, "flock", FunctionDescriptor.of(INT, INT, INT)),
                        handle(linker, "fallocate", FunctionDescriptor.of(INT, INT, INT, LONG, LONG)),
                        handle(linker, "lseek", FunctionDescriptor.of(LONG, INT, LONG, INT)),
                        handle(linker, "pwrite", FunctionDescriptor.of(LONG, INT, pointer, LONG, LONG)),
                        handle(linker, "sync_file_range", FunctionDescriptor.of(INT, INT, LONG, LONG, INT)),
                        linker.downcallHandle(preadv2Address, preadv2),
                        linker.downcallHandle(preadv2Address, preadv2, Linker.Option.captureCallState("errno")));
            } catch (RuntimeException absent) {
                // No such symbol (another C library), no linker, or native access denied: the portable calls serve.
                return null;
            }
        }

        // As above.
        @SuppressWarnings("restricted")
        private static MethodHandle handle(Linker linker, String name, FunctionDescriptor descriptor) {
            return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
        }
    }
}
