package dev.quoin.tools.reservation;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reservations of a unit in the registry. Blocking.
 *
 * <pre>
 * key reservations/SERIAL
 * byte 0    version, 16
 * byte 1-8  the revision that this one replaced, 0 if there was none, big-endian
 * byte 9..  as the target encodes reservations
 * </pre>
 *
 * <p>Values whose first byte is less than 16 are of a release that kept only what the target encodes.
 */
final class UnitEntry {

    private static final String PREFIX = "reservations/";
    private static final int VERSION = 16;
    private static final int HEADER = 9;

    private final Registry registry;
    private final String key;

    UnitEntry(Registry registry, String unit) {
        this.registry = registry;
        this.key = PREFIX + unit;
    }

    /**
     * What is kept.
     *
     * @param revision 0 if nothing ever was
     * @param replaced the revision before it
     * @param image null if nothing ever was kept
     */
    record Kept(long revision, long replaced, byte @Nullable [] image) {}

    Kept read() throws DlmException {
        Optional<Registry.Entry> found = registry.get(key);
        if (found.isEmpty()) {
            return new Kept(0, 0, null);
        }
        byte[] value = found.get().value();
        if (value.length > 0 && value[0] < VERSION) {
            return new Kept(found.get().revision(), 0, value);
        }
        if (value.length < HEADER || value[0] != VERSION) {
            throw new DlmException(
                    DlmException.Code.INVALID_REQUEST,
                    "registry key " + key + " with " + value.length + " bytes of version "
                            + (value.length == 0 ? "none" : String.valueOf(value[0])) + " found, version " + VERSION
                            + " expected: a newer release wrote it");
        }
        return new Kept(
                found.get().revision(),
                ByteBuffer.wrap(value).getLong(1),
                Arrays.copyOfRange(value, HEADER, value.length));
    }

    /**
     * Replaces what is kept, if it still is and {@code maker} is still held.
     *
     * @return what is kept now, with its revision
     * @throws DlmException if nothing was changed, or if that is not known because the session has ended
     */
    Kept write(Kept before, byte[] image, Held maker) throws DlmException {
        byte[] value = ByteBuffer.allocate(HEADER + image.length)
                .put((byte) VERSION)
                .putLong(before.revision())
                .put(image)
                .array();
        Transaction replace = Transaction.builder()
                .ifRevision(key, before.revision())
                .ifHeld(maker)
                .put(key, value)
                .build();
        boolean mayBeDone = false;
        while (true) {
            switch (registry.commit(replace)) {
                case TransactionOutcome.Committed(long made) -> {
                    return new Kept(made, before.revision(), image);
                }
                case TransactionOutcome.Conflict conflict -> {
                    Kept now = mayBeDone ? read() : before;
                    if (now.replaced() == before.revision() && Arrays.equals(now.image(), image)) {
                        return now;
                    }
                    throw new DlmException(
                            DlmException.Code.SESSION_LOST,
                            "the right to change " + key + " was lost: " + conflict.found());
                }
                case TransactionOutcome.Refused(var code, String reason) -> throw new DlmException(code, reason);
                case TransactionOutcome.NoQuorum(String reason) -> {
                    if (!mayBeDone) {
                        throw new DlmException(DlmException.Code.NO_QUORUM, reason);
                    }
                }
                // The guard on the revision sees to it that it is done once.
                case TransactionOutcome.Indeterminate _ -> mayBeDone = true;
            }
        }
    }
}
