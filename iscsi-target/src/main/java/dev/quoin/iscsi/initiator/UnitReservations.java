package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.iscsi.reservation.PrIn;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.reservation.PrType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Persistent reservations of a unit as one initiator asks for them (SPC-4 5.13, 6.15, 6.16). Any thread may use it; nothing blocks.
 *
 * <p>A device keeps its initiator port over reconnects, so its registration goes on. A command whose answer was lost with the connection is
 * sent again. Each is made so that a second time does no harm, and a conflict that only the second time met is looked into: what was asked for
 * is then seen to be done, or not, by what is registered.
 *
 * <p>Futures fail with a {@link DeviceException}: {@link Code#FENCED} for a RESERVATION CONFLICT, that is, if this initiator is not registered
 * (any more) with the key that it registered last, or another holds the reservation; {@link Code#UNSUPPORTED} for a unit without persistent
 * reservations; {@link Code#GONE} for a device that is gone. Unit attentions that tell of changes are taken by the device and never
 * fail a command by themselves; reads and writes that a reservation of others forbids fail with {@link Code#FENCED}.
 */
public final class UnitReservations {

    /** How often both halves of a report are asked for before it is said that they keep changing. */
    private static final int READS_MAX = 16;

    private static final int APTPL = 1;
    private static final int HEADER = 8;

    /** Enough for 1,022 keys. */
    private static final int ALLOCATION = 8 << 10;

    private final String name;
    private final DeviceThread thread;
    private volatile long own;

    UnitReservations(String name, DeviceThread thread) {
        this.name = name;
        this.thread = thread;
    }

    /**
     * What is registered and reserved.
     *
     * @param generation counts the changes of registrations
     * @param keys of all registrations, one each
     * @param type of the reservation; null if there is none
     * @param holder the key of its holder, 0 if all registrants hold it or there is none
     */
    public record Report(
            int generation, List<Long> keys, @Nullable PrType type, long holder) {
        public Report {
            keys = List.copyOf(keys);
        }
    }

    /**
     * Registers this initiator, whatever key it had.
     *
     * @param key not 0
     * @param survivesPowerLoss whether the registrations and the reservation of the unit are to outlive a power loss of the target
     */
    public CompletableFuture<Void> register(long key, boolean survivesPowerLoss) {
        if (key == 0) {
            throw new IllegalArgumentException("key 0 found, another expected: unregister() ends a registration");
        }
        return certain(out(PrOut.REGISTER_AND_IGNORE, 0, 0, key, survivesPowerLoss ? APTPL : 0))
                .thenRun(() -> own = key);
    }

    /** Ends the registration of this initiator, and the reservation if it holds one. */
    public CompletableFuture<Void> unregister() {
        return certain(out(PrOut.REGISTER_AND_IGNORE, 0, 0, 0, 0)).thenRun(() -> own = 0);
    }

    /** Reserves the unit; holds already if this initiator has it with this type. */
    public CompletableFuture<Void> reserve(PrType type) {
        return certain(out(PrOut.RESERVE, type.code(), own, 0, 0));
    }

    /** Gives the reservation up, which has this type. Does nothing if this initiator does not hold it. */
    public CompletableFuture<Void> release(PrType type) {
        return certain(out(PrOut.RELEASE, type.code(), own, 0, 0));
    }

    /**
     * Ends the registrations with a key, and takes the reservation over if one of them holds it. When the future completes, the target lets
     * nothing more of them through that the reservation forbids.
     *
     * @param victim the key; 0 for all others where all registrants hold the reservation
     * @param type of the reservation if it is taken over
     * @param abort whether all their commands are aborted
     */
    public CompletableFuture<Void> preempt(long victim, PrType type, boolean abort) {
        return unlessDone(
                out(abort ? PrOut.PREEMPT_AND_ABORT : PrOut.PREEMPT, type.code(), own, victim, 0),
                report -> report.keys().contains(own)
                        && (victim == own || !report.keys().contains(victim)));
    }

    /** Ends all registrations and the reservation. */
    public CompletableFuture<Void> clear() {
        return unlessDone(
                        out(PrOut.CLEAR, 0, own, 0, 0), report -> report.keys().isEmpty())
                .thenRun(() -> own = 0);
    }

    /** What is registered and reserved. The two are asked for one after another, until nothing changed between them. */
    public CompletableFuture<Report> read() {
        return read(READS_MAX);
    }

    private CompletableFuture<Report> read(int readsLeft) {
        if (readsLeft == 0) {
            return CompletableFuture.failedFuture(new DeviceException(
                    Code.BUSY,
                    name,
                    "another generation of reservations found each of " + READS_MAX
                            + " times, twice the same expected: others change them; try again"));
        }
        return in(PrIn.READ_KEYS)
                .thenCompose(keys -> in(PrIn.READ_RESERVATION)
                        .thenCompose(reservation -> keys.getInt(0) == reservation.getInt(0)
                                ? CompletableFuture.completedFuture(report(keys, reservation))
                                : read(readsLeft - 1)));
    }

    /** What two answers of PERSISTENT RESERVE IN say, of at least {@link #HEADER} bytes each. */
    static Report report(ByteBuffer keys, ByteBuffer reservation) {
        List<Long> all = new ArrayList<>();
        for (int at = HEADER; at + 8 <= Math.min(keys.limit(), HEADER + keys.getInt(4)); at += 8) {
            all.add(keys.getLong(at));
        }
        boolean held = reservation.limit() >= HEADER + 16 && reservation.getInt(4) >= 16;
        return new Report(
                keys.getInt(0),
                all,
                held ? PrType.of(reservation.get(21) & 0x0F) : null,
                held ? reservation.getLong(HEADER) : 0);
    }

    /** A conflict is one, however often the command was sent: done twice it comes to the same. */
    private static CompletableFuture<Void> certain(CompletableFuture<Void> asked) {
        return asked.exceptionallyCompose(failure -> {
            Throwable cause = cause(failure);
            return CompletableFuture.failedFuture(
                    cause instanceof ReservationRequest.DoubtfulConflict ? cause.getCause() : cause);
        });
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** A conflict of a command that was sent twice is none if what it asked for is done. */
    private CompletableFuture<Void> unlessDone(CompletableFuture<Void> asked, Predicate<Report> done) {
        return asked.exceptionallyCompose(failure -> {
            Throwable cause = cause(failure);
            return cause instanceof ReservationRequest.DoubtfulConflict
                    ? read().thenCompose(report -> done.test(report)
                            ? CompletableFuture.completedFuture(null)
                            : CompletableFuture.failedFuture(cause.getCause()))
                    : CompletableFuture.failedFuture(cause);
        });
    }

    private CompletableFuture<Void> out(int action, int type, long key, long other, int flags) {
        ByteBuffer list = ByteBuffer.allocate(PrOut.LIST_LENGTH)
                .putLong(0, key)
                .putLong(8, other)
                .put(20, (byte) flags);
        return submit(request -> Command.persistentReserveOut(action, type, list, request));
    }

    private CompletableFuture<ByteBuffer> in(int action) {
        ByteBuffer data = ByteBuffer.allocate(ALLOCATION);
        ReservationRequest[] asked = new ReservationRequest[1];
        return certain(submit(request -> {
                    asked[0] = request;
                    return Command.persistentReserveIn(action, data, request);
                }))
                .thenCompose(nothing -> asked[0].received() < HEADER
                        ? CompletableFuture.failedFuture(new DeviceException(
                                Code.UNSUPPORTED,
                                name,
                                asked[0].received() + " bytes of reservations found, at least " + HEADER + " expected"))
                        : CompletableFuture.completedFuture(data.limit(asked[0].received())));
    }

    private interface Made {
        Command of(ReservationRequest request);
    }

    private CompletableFuture<Void> submit(Made made) {
        DeviceException refused = thread.refusal();
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        ReservationRequest request = new ReservationRequest(name, thread::requestEnded);
        thread.requestBegins();
        thread.submit(made.of(request), request.block());
        thread.pump();
        return request.future();
    }
}
