package dev.quoin.dlm.wire;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry.Change;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.EffectSink;
import dev.quoin.dlm.core.Result;
import dev.quoin.dlm.proto.Blocking;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Opened;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionReport;
import dev.quoin.dlm.proto.Watch;
import dev.quoin.dlm.proto.WatchEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings effects to the clients they concern, packed in frames.
 *
 * <p>The thread that applies commands calls {@link #beforeApply}, {@link #accept} and {@link #flush}; any thread may seat and
 * unseat. Sessions that are not connected here are passed over: their clients ask again.
 */
public final class Router implements EffectSink {

    /** A frame is sent when it has grown to this size, long before gRPC's limit of 4 MiB. */
    private static final int FRAME_BYTES = 768 << 10;

    /** The most watches of one session. */
    private static final int WATCHES_MAX = 10_000;

    /** A session that is connected here. */
    private static final class Seat {
        final Outlet outlet;
        final Map<Long, Watch> starting = new ConcurrentHashMap<>();
        final Map<Long, Watching> watches = new ConcurrentHashMap<>();

        Seat(Outlet outlet) {
            this.outlet = outlet;
        }
    }

    private record Watching(String prefix, long next) {}

    /** What is about to be sent to one client. */
    private static final class Draft {
        final ServerFrame.Builder frame = ServerFrame.newBuilder();
        final Map<Long, SessionReport.Builder> reports = new LinkedHashMap<>();
        int bytes;
    }

    private final Map<Long, Seat> seats = new ConcurrentHashMap<>();
    private final Map<UUID, Outlet> opening = new ConcurrentHashMap<>();
    private final Map<Outlet, Draft> drafts = new LinkedHashMap<>();

    /** The client of a session that is about to be opened. */
    public void expect(ByteString nonce, Outlet outlet) {
        opening.put(Commands.nonce(nonce), outlet);
    }

    /** The session is now connected by {@code outlet}. */
    public void seat(long session, Outlet outlet) {
        seats.put(session, new Seat(outlet));
    }

    /** Whether the session is connected by {@code outlet}. */
    public boolean isSeated(long session, Outlet outlet) {
        Seat seat = seats.get(session);
        return seat != null && seat.outlet.equals(outlet);
    }

    /** The watch's events are no longer wanted. */
    public void unwatch(long session, long watch) {
        Seat seat = seats.get(session);
        if (seat != null) {
            seat.watches.remove(watch);
        }
    }

    /** The client is gone. */
    public void unseat(Outlet outlet) {
        seats.values().removeIf(seat -> seat.outlet.equals(outlet));
        opening.values().removeIf(waiting -> waiting.equals(outlet));
    }

    /** Notes what effects alone do not tell: which watch an operation starts. */
    public void beforeApply(LogCommand command) {
        if (!command.hasSession() || seats.isEmpty()) {
            return;
        }
        Seat seat = seats.get(command.getSession().getSession());
        if (seat == null) {
            return;
        }
        for (Operation operation : command.getSession().getOperationsList()) {
            if (operation.hasWatch() && seat.starting.size() + seat.watches.size() < WATCHES_MAX) {
                seat.starting.put(operation.getSequence(), operation.getWatch());
            }
        }
    }

    @Override
    public boolean wantsReads() {
        return !seats.isEmpty();
    }

    @Override
    public void accept(Effect effect) {
        switch (effect) {
            case Effect.Answer(long session, long sequence, Result result) -> answer(session, sequence, result);
            case Effect.Blocking(long session, long lock, long token, var wanted) -> {
                Seat seat = seats.get(session);
                if (seat != null) {
                    report(seat, session, 32)
                            .addBlocking(Blocking.newBuilder()
                                    .setLock(lock)
                                    .setToken(token)
                                    .setWanted(Results.mode(wanted)));
                }
            }
            case Effect.LockBroken(long session, long lock) -> {
                Seat seat = seats.get(session);
                if (seat != null) {
                    report(seat, session, 16).addBroken(lock);
                }
            }
            case Effect.FenceNeeded _, Effect.FencedWriteRejected _ -> {
                // For whoever fences; no client is told.
            }
            case Effect.Attached(long session, long _) -> {
                Seat seat = seats.get(session);
                if (seat != null) {
                    report(seat, session, 2).setAttached(true);
                }
            }
            case Effect.Resend(long session, long from) -> {
                Seat seat = seats.get(session);
                if (seat != null) {
                    report(seat, session, 16).setResendFrom(from);
                }
            }
            case Effect.SessionGone(long session, String reason) -> {
                Seat seat = seats.remove(session);
                if (seat != null) {
                    report(seat, session, reason.length()).setGone(reason);
                }
            }
            case Effect.Opened(UUID nonce, long session, long leaseMillis, long _) -> {
                Outlet outlet = opening.remove(nonce);
                if (outlet != null) {
                    seat(session, outlet);
                    draft(outlet, 64)
                            .frame
                            .addOpened(Opened.newBuilder()
                                    .setNonce(Commands.nonce(nonce))
                                    .setSession(session)
                                    .setLeaseMillis((int) leaseMillis));
                }
            }
            case Effect.OpenRefused(UUID nonce, var code, String reason) -> {
                Outlet outlet = opening.remove(nonce);
                if (outlet != null) {
                    draft(outlet, 64 + reason.length())
                            .frame
                            .addOpened(Opened.newBuilder()
                                    .setNonce(Commands.nonce(nonce))
                                    .setRefused(Results.refused(code, reason)));
                }
            }
            case Effect.RegistryChanged(var changes) -> changed(changes);
        }
    }

    private void answer(long session, long sequence, Result result) {
        Seat seat = seats.get(session);
        if (seat == null) {
            return;
        }
        for (dev.quoin.dlm.proto.Result part : Results.write(sequence, result)) {
            report(seat, session, part.getSerializedSize() + 4).addResults(part);
        }
        if (!seat.starting.isEmpty()) {
            Watch watch = seat.starting.remove(sequence);
            if (watch != null && result instanceof Result.Watched(var _, long next)) {
                seat.watches.put(watch.getWatch(), new Watching(watch.getPrefix(), next));
            }
        }
    }

    private void changed(Iterable<Change> changes) {
        seats.forEach((session, seat) -> seat.watches.forEach((id, watching) -> {
            WatchEvent.Builder event = WatchEvent.newBuilder().setWatch(id);
            for (Change change : changes) {
                if (change.revision() >= watching.next && change.key().startsWith(watching.prefix)) {
                    event.addChanges(Results.change(change));
                }
            }
            if (event.getChangesCount() > 0) {
                WatchEvent built = event.build();
                report(seat, session, built.getSerializedSize() + 4).addWatchEvents(built);
            }
        }));
    }

    /** Tells a session that its keepalive is confirmed, by the way by which it came; on the applying thread. */
    public void confirmKeepalive(long session, long keepalive, Outlet outlet) {
        report(outlet, session, 16).setKeepalive(keepalive);
    }

    private SessionReport.Builder report(Seat seat, long session, int bytes) {
        return report(seat.outlet, session, bytes);
    }

    private SessionReport.Builder report(Outlet outlet, long session, int bytes) {
        return draft(outlet, bytes)
                .reports
                .computeIfAbsent(session, id -> SessionReport.newBuilder().setSession(id));
    }

    /** The frame under way for a client, with room for so many bytes more. */
    private Draft draft(Outlet outlet, int bytes) {
        Draft draft = drafts.get(outlet);
        if (draft != null && draft.bytes + bytes > FRAME_BYTES) {
            send(outlet, draft);
            draft = null;
        }
        if (draft == null) {
            draft = new Draft();
            drafts.put(outlet, draft);
        }
        draft.bytes += bytes;
        return draft;
    }

    /** Sends what has gathered. */
    public void flush() {
        drafts.forEach(Router::send);
        drafts.clear();
    }

    private static void send(Outlet outlet, Draft draft) {
        draft.reports.values().forEach(draft.frame::addSessions);
        outlet.send(draft.frame.build());
    }

    /** Says that no session was opened. */
    public static ServerFrame refused(ByteString nonce, DlmException.Code code, String reason) {
        return ServerFrame.newBuilder()
                .addOpened(Opened.newBuilder().setNonce(nonce).setRefused(Results.refused(code, reason)))
                .build();
    }

    /** Says that a session is none, or not that client's. */
    public static ServerFrame gone(long session, String reason) {
        return ServerFrame.newBuilder()
                .addSessions(SessionReport.newBuilder().setSession(session).setGone(reason))
                .build();
    }

    /** The outlet by which a session is connected, or null. */
    public @Nullable Outlet outlet(long session) {
        Seat seat = seats.get(session);
        return seat == null ? null : seat.outlet;
    }

    /** One report for one session, outside the order of the log. */
    public static ServerFrame busy(long session, long from) {
        return ServerFrame.newBuilder()
                .addSessions(SessionReport.newBuilder()
                        .setSession(session)
                        .setResendFrom(from)
                        .setBusy(true))
                .build();
    }
}
