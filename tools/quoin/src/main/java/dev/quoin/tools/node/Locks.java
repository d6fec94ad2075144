package dev.quoin.tools.node;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Locks for people and scripts: who holds what, and locks of their own in the lockspace {@value #SPACE}. Any thread. */
public final class Locks {

    /** The lockspace of the command line. */
    public static final String SPACE = "cli";

    /** How many locks the command line may hold or wait for through one node. */
    public static final int SESSIONS_MAX = 64;

    private final LockClient client;
    private final LockServers servers;
    private final Semaphore sessions = new Semaphore(SESSIONS_MAX);

    Locks(LockClient client, LockServers servers) {
        this.client = client;
        this.servers = servers;
    }

    /**
     * The locks of a lockspace, or of all if the name is empty. Blocking.
     *
     * @throws Fault if there is no such lockspace
     */
    public List<LockInfo> list(String space) throws Fault {
        return ask("lockspace " + space, () -> {
            var all = new ArrayList<LockInfo>();
            for (Lockspace one : lockspaces(space)) {
                all.addAll(one.locks(new byte[0]));
            }
            return all;
        });
    }

    private List<Lockspace> lockspaces(String space) throws DlmException {
        Map<String, SessionEndPolicy> known = client.lockspaces();
        if (!space.isEmpty() && !known.containsKey(space)) {
            throw new DlmException(
                    DlmException.Code.NOT_FOUND,
                    "lockspace " + space + " does not exist, one of " + known.keySet() + " expected");
        }
        var found = new ArrayList<Lockspace>();
        for (Map.Entry<String, SessionEndPolicy> one : known.entrySet()) {
            if (space.isEmpty() || space.equals(one.getKey())) {
                found.add(client.lockspace(one.getKey(), one.getValue()));
            }
        }
        return found;
    }

    private interface Question<R> {
        R ask() throws DlmException;
    }

    private static <R> R ask(String object, Question<R> question) throws Fault {
        try {
            return question.ask();
        } catch (DlmException failure) {
            throw Faults.of(object, failure);
        }
    }

    /** The byte-range locks on a resource. Blocking. */
    public List<RangeLocks.RangeInfo> ranges(String space, String resource) throws Fault {
        return ask("lockspace " + space, () -> {
            var all = new ArrayList<RangeLocks.RangeInfo>();
            for (Lockspace one : lockspaces(space)) {
                all.addAll(one.ranges(ResourceName.parse(resource)).list());
            }
            return all;
        });
    }

    /** Who waits for whom, in one lockspace or, if the name is empty, in all. Blocking. */
    public List<LockWait> waits(String space) throws Fault {
        return ask("lockspace " + space, () -> client.waits(space.isEmpty() ? null : space));
    }

    /** The cycles of requests that wait for each other. Blocking. */
    public List<List<LockWait>> deadlocks() throws Fault {
        return ask("lock manager", client::deadlocks);
    }

    /** Takes a lock from its holder. Blocking. */
    public void breakLock(long lock, long token) throws Fault {
        ask("lock " + lock, () -> {
            client.breakLock(lock, new FencingToken(token));
            return true;
        });
    }

    /** The sessions at the lock manager. Blocking. */
    public List<SessionInfo> sessions() throws Fault {
        return ask("lock manager", client::sessions);
    }

    /** Records an operator's word that an ended session is cut off. Blocking. */
    public void confirmFenced(long session) throws Fault {
        ask("session " + session, () -> {
            client.declareFenced(new SessionId(session));
            return true;
        });
    }

    /** Those who hold a lock of the command line. Blocking. */
    public List<LockInfo> holders(String name) throws Fault {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return list(SPACE).stream()
                .filter(lock -> lock.granted() != null
                        && java.util.Arrays.equals(lock.resource().bytes(), bytes))
                .toList();
    }

    /**
     * Opens a session of its own for one lock. Blocking.
     *
     * @param caller names the session in lists
     * @throws Fault if there are too many, or no leader is found
     */
    public Session open(String caller) throws Fault {
        if (!sessions.tryAcquire()) {
            throw Fault.conflict(
                    "node",
                    SESSIONS_MAX + " locks of the command line found, as many as may be",
                    "end a quoin lock acquire that runs");
        }
        try {
            return new Session(DlmClient.connect(servers.as(caller).supersede(false)));
        } catch (DlmException | IllegalArgumentException failure) {
            sessions.release();
            throw failure instanceof DlmException refused
                    ? Faults.of("session " + caller, refused)
                    : Fault.usage("session " + caller, String.valueOf(failure.getMessage()), "name another");
        }
    }

    /** A session with one lock, until it is closed. */
    public final class Session implements AutoCloseable {

        private final LockClient session;
        private boolean closed;

        private Session(LockClient session) {
            this.session = session;
        }

        /**
         * Asks for the lock. The future completes when the request has ended; cancelling it cancels the request.
         *
         * @param name 1 to 64 bytes
         * @param mode NL, CR, CW, PR, PW or EX
         * @param wait null waits as long as it takes
         */
        public CompletableFuture<LockOutcome> acquire(String name, String mode, @Nullable Duration wait) throws Fault {
            try {
                Lockspace space = session.lockspace(SPACE, SessionEndPolicy.RELEASE);
                LockRequest request = LockRequest.of(LockMode.valueOf(mode));
                return space.acquireAsync(ResourceName.of(name), wait == null ? request : request.timeout(wait));
            } catch (DlmException failure) {
                throw Faults.of("lock " + name, failure);
            } catch (IllegalArgumentException invalid) {
                throw Fault.usage(
                        "lock " + name,
                        String.valueOf(invalid.getMessage()),
                        "a name of 1 to 64 bytes and a mode of NL, CR, CW, PR, PW or EX are expected");
            }
        }

        /** Runs {@code listener} once when the session is lost, and the lock with it. */
        public void onLost(Runnable listener) {
            session.onLost(listener);
        }

        /** Gives the lock up. Blocking for a moment; idempotent. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                session.close();
                sessions.release();
            }
        }
    }

    /**
     * What a request that ended means to a user.
     *
     * @throws Fault unless the lock was granted
     */
    public static Held granted(String name, LockOutcome outcome) throws Fault {
        String object = "lock " + name;
        return switch (outcome) {
            case LockOutcome.Granted(Held held) -> held;
            case LockOutcome.Denied(String reason) -> throw Fault.conflict(object, reason, "quoin lock list");
            case LockOutcome.TimedOut() ->
                throw Fault.conflict(
                        object,
                        "not granted in time, others hold it",
                        "wait longer with --wait, or see quoin lock list");
            case LockOutcome.Deadlock deadlock ->
                throw Fault.conflict(object, "waiting would never end: " + deadlock.cycle(), "release one of these");
            case LockOutcome.Cancelled() ->
                throw new Fault(ExitCode.INTERRUPTED, object, "the request was cancelled", "run it again");
            case LockOutcome.SessionLost(String reason) ->
                throw new Fault(ExitCode.FAILED, object, "the session has ended: " + reason, "run it again");
            case LockOutcome.NoQuorum(String reason) ->
                throw new Fault(ExitCode.NO_QUORUM, object, reason, "see the peers with quoin status");
            case LockOutcome.Indeterminate(String reason) ->
                throw new Fault(ExitCode.OUTCOME_UNKNOWN, object, reason, "see quoin lock list");
        };
    }
}
