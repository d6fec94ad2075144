package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import java.util.function.Supplier;

/** Keeps the checker going when a sealed block holds a value that the record it becomes refuses. */
final class Careful {

    private Careful() {}

    /** What the decoder says; if the content breaks a rule of a record that it makes, that as a value. */
    static <T> Decoded<T> decode(Supplier<Decoded<T>> decoder) {
        try {
            return decoder.get();
        } catch (IllegalArgumentException | ArithmeticException refused) {
            return new Decoded.Corrupt<>(
                    Reason.BAD_FIELD, "content", Printable.text(String.valueOf(refused.getMessage())));
        }
    }
}
