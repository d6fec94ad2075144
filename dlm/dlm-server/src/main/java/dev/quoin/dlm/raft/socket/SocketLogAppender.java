package dev.quoin.dlm.raft.socket;

import dev.quoin.dlm.raft.FetchedState;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the leader's log to one follower. The thread that appends an entry sends it at once if it gets the lock and the connection has
 * room, so that no other thread has to wake up; it never waits. What it leaves, the appender's own thread sends, which may wait; that one
 * also connects, sends heartbeats, and tells followers that are too far behind to fetch the state.
 *
 * <p>The commit index travels with the next entry, and alone only if none comes within {@value #COMMIT_DELAY_MILLIS} ms.
 */
final class SocketLogAppender extends LogAppenderBase {

    private static final Logger LOG = LoggerFactory.getLogger(SocketLogAppender.class);
    private static final long COMMIT_DELAY_MILLIS = 10;

    /** Between two tellings that the state has to be fetched, and after something that cannot be sent yet. */
    private static final long AGAIN_MILLIS = 50;

    private static final long BACK_OFF_MILLIS_MIN = 20;
    private static final long BACK_OFF_MILLIS_MAX = 250;

    /** What one attempt to send came to. */
    private enum Sent {
        /** All that there is, or another thread is at it. */
        ALL,
        /** Nothing more until a reply comes. */
        FULL,
        /** The appender's own thread has to go on. */
        NOT_HERE
    }

    private final long answerMillis;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicBoolean commitTimed = new AtomicBoolean();

    /** Whoever sends has it; the follower's next index changes under it only. */
    private final ReentrantLock sending = new ReentrantLock();

    /** The connection that is being made, so that stopping can end it. */
    private final AtomicReference<@Nullable Socket> connecting = new AtomicReference<>();

    private volatile @Nullable AppendStream stream;

    /** As of where the follower said that it has the state. */
    private volatile long stateAt = RaftLog.INVALID_LOG_INDEX;

    private long backOffMillis = BACK_OFF_MILLIS_MIN;

    SocketLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower, long answerMillis) {
        super(server, state, follower);
        this.answerMillis = answerMillis;
    }

    @Override
    public SocketServerRpc getServerRpc() {
        return (SocketServerRpc) super.getServerRpc();
    }

    @Override
    public long getCallId() {
        return calls.get();
    }

    @Override
    public Comparator<Long> getCallIdComparator() {
        return Long::compare;
    }

    @Override
    public boolean hasPendingDataRequests() {
        AppendStream now = stream;
        return now != null && now.unanswered() > 0;
    }

    private boolean isCommitBehind() {
        return getRaftLog().getLastCommittedIndex() > getFollower().getCommitIndex();
    }

    @Override
    public @Nullable TermIndex shouldNotifyToInstallSnapshot() {
        return FetchedState.toFetch(
                super.shouldNotifyToInstallSnapshot(), stateAt, getFollower().getNextIndex());
    }

    /** Something has changed: an entry was appended, the commit index went up, a heartbeat is wanted. Does not block. */
    @Override
    public void notifyLogAppender() {
        if (stream == null) {
            // The own thread connects; it looks for work by itself when it has.
            return;
        }
        if (hasAppendEntries()) {
            if (pump() == Sent.NOT_HERE) {
                super.notifyLogAppender();
            }
        } else if (getHeartbeatWaitTimeMs() <= 0
                || (isCommitBehind() && !commitTimed.get() && commitTimed.compareAndSet(false, true))) {
            super.notifyLogAppender();
        }
    }

    /** Sends what can be sent without waiting. */
    private Sent pump() {
        while (true) {
            if (!sending.tryLock()) {
                // Whoever has the lock looks once more when it has let it go.
                return Sent.ALL;
            }
            AppendStream now = stream;
            Sent sent;
            try {
                sent = now == null || !isRunning() ? Sent.NOT_HERE : sendInline(now);
            } catch (RaftLogIOException | RuntimeException failure) {
                LOG.debug("sending left to the appender's own thread follower={}", getFollowerId(), failure);
                return Sent.NOT_HERE;
            } catch (IOException failure) {
                if (now != null) {
                    drop(now, failure);
                }
                return Sent.ALL;
            } finally {
                sending.unlock();
            }
            if (sent == Sent.NOT_HERE || !hasAppendEntries() || (sent == Sent.FULL && !now.hasRoom())) {
                return sent;
            }
        }
    }

    private Sent sendInline(AppendStream to) throws IOException {
        while (hasAppendEntries()) {
            if (!to.hasRoom()) {
                return Sent.FULL;
            }
            if (to.isProbing() || shouldNotifyToInstallSnapshot() != null || !send(to, false, true)) {
                return Sent.NOT_HERE;
            }
        }
        return Sent.ALL;
    }

    /**
     * Sends one request; with the lock.
     *
     * @param inline whether to do so only if it cannot block
     * @return whether anything was sent
     */
    private boolean send(AppendStream to, boolean heartbeat, boolean inline) throws IOException {
        if (inline && !to.fits(0)) {
            return false;
        }
        AppendEntriesRequestProto request = newAppendEntriesRequest(calls.getAndIncrement(), heartbeat);
        if (request == null || (inline && !to.fits(request.getSerializedSize()))) {
            return false;
        }
        int count = request.getEntriesCount();
        long first =
                count == 0 ? RaftLog.INVALID_LOG_INDEX : request.getEntries(0).getIndex();
        if (count > 0) {
            getFollower().increaseNextIndex(request.getEntries(count - 1).getIndex() + 1);
        }
        resetHeartbeatTrigger();
        getFollower().updateLastRpcSendTime(count == 0);
        to.send(request, first, new Answer(to, Timestamp.currentTime(), first, to.epoch()), answerMillis);
        return true;
    }

    /** What comes back for one request; on the connection's thread. */
    private final class Answer implements AppendStream.Answer {

        private final AppendStream from;
        private final Timestamp sent;
        private final long first;
        private final int epoch;

        Answer(AppendStream from, Timestamp sent, long first, int epoch) {
            this.from = from;
            this.sent = sent;
            this.first = first;
            this.epoch = epoch;
        }

        @Override
        public void done(AppendEntriesReplyProto reply) {
            if (stream == from) {
                replied(from, this, reply);
            }
        }

        @Override
        public void failed(IOException why) {
            drop(from, why);
        }
    }

    private void replied(AppendStream from, Answer request, AppendEntriesReplyProto reply) {
        FollowerInfo follower = getFollower();
        follower.updateLastRpcResponseTime();
        follower.updateLastRespondedAppendEntriesSendTime(request.sent);
        switch (reply.getResult()) {
            case SUCCESS -> {
                from.agreed(request.epoch);
                getLeaderState().onFollowerCommitIndex(follower, reply.getFollowerCommit());
                succeeded(request.first == RaftLog.INVALID_LOG_INDEX, reply.getMatchIndex());
            }
            case NOT_LEADER -> {
                LOG.info("follower knows a later leader follower={} term={}", getFollowerId(), reply.getTerm());
                if (onFollowerTerm(reply.getTerm())) {
                    return;
                }
            }
            case INCONSISTENCY -> disagreed(from, request, reply.getNextIndex());
            case UNRECOGNIZED ->
                LOG.warn("reply of a later release found, update this peer follower={}", getFollowerId());
        }
        getLeaderState().onAppendEntriesReply(this, reply);
        if (hasAppendEntries()) {
            notifyLogAppender();
        }
    }

    private void succeeded(boolean heartbeat, long matchIndex) {
        FollowerInfo follower = getFollower();
        boolean further = follower.updateMatchIndex(matchIndex);
        if (further) {
            follower.updateNextIndex(matchIndex + 1);
        }
        // An index that is committed already commits nothing more, which saves a thread's wake. What else hangs on it,
        // new members and
        // the transfer of leadership, comes with the next heartbeat at the latest.
        if (heartbeat
                || (further
                        && (matchIndex > getRaftLog().getLastCommittedIndex()
                                || getLeaderState().isFollowerBootstrapping(follower)))) {
            getLeaderState().onFollowerSuccessAppendEntries(follower);
        }
    }

    /** The follower's log is another: goes back, once for all that were sent before this was known. */
    private void disagreed(AppendStream from, Answer request, long followerNext) {
        sending.lock();
        try {
            if (stream == from && from.disagreed(request.epoch)) {
                getFollower().setNextIndex(getNextIndexForInconsistency(request.first, followerNext));
            }
        } finally {
            sending.unlock();
        }
        super.notifyLogAppender();
    }

    /** Gives a connection up; what was under way on it is sent again over the next. */
    private void drop(AppendStream failed, Throwable why) {
        failed.close();
        sending.lock();
        try {
            if (stream != failed) {
                return;
            }
            stream = null;
            long unanswered = failed.lowestUnanswered();
            getFollower()
                    .computeNextIndex(next ->
                            Math.min(next, Math.max(unanswered, getFollower().getMatchIndex() + 1)));
        } finally {
            sending.unlock();
        }
        if (isRunning()) {
            LOG.info("connection to follower lost follower={} reason={}", getFollowerId(), why.toString());
        }
        super.notifyLogAppender();
    }

    @Override
    public void run() throws InterruptedException, IOException {
        try {
            while (isRunning()) {
                AppendStream now = stream;
                if (now == null) {
                    connect();
                } else {
                    turn(now);
                }
                getLeaderState().checkHealth(getFollower());
            }
        } finally {
            AppendStream last = stream;
            if (last != null) {
                last.close();
            }
        }
    }

    private void connect() throws InterruptedException {
        try {
            AppendStream fresh = new AppendStream(getServerRpc().connect(getFollowerId(), connecting));
            backOffMillis = BACK_OFF_MILLIS_MIN;
            sending.lock();
            try {
                stream = fresh;
            } finally {
                sending.unlock();
            }
            if (!isRunning()) {
                fresh.close();
            }
        } catch (IOException failure) {
            // Logged by whom connects, not each time.
            getEventAwaitForSignal().await(backOffMillis, TimeUnit.MILLISECONDS);
            backOffMillis = Math.min(BACK_OFF_MILLIS_MAX, 2 * backOffMillis);
        }
    }

    /** One turn of the own thread: does what is due, then waits. */
    private void turn(AppendStream to) throws InterruptedException, InterruptedIOException {
        long waitMillis;
        try {
            TermIndex firstInLog = shouldNotifyToInstallSnapshot();
            waitMillis = firstInLog == null ? sendDue(to) : tellToFetch(to, firstInLog);
        } catch (RaftLogIOException purged) {
            LOG.info("follower needs purged entries, it has to fetch the state follower={}", getFollowerId(), purged);
            waitMillis = AGAIN_MILLIS;
        } catch (InterruptedIOException stopped) {
            throw stopped;
        } catch (IOException | RuntimeException failure) {
            drop(to, failure);
            waitMillis = BACK_OFF_MILLIS_MIN;
        }
        if (waitMillis > 0) {
            getEventAwaitForSignal().await(waitMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Sends entries, or a heartbeat if it is time, or the commit index. Says how long there is nothing more to do. */
    private long sendDue(AppendStream to) throws IOException {
        boolean stuck = false;
        sending.lock();
        try {
            while (stream == to && hasAppendEntries() && to.hasRoom()) {
                if (!send(to, false, false)) {
                    stuck = true;
                    break;
                }
            }
            boolean commitDue = isCommitBehind() && sinceSentMillis() >= COMMIT_DELAY_MILLIS;
            if (stream == to && (getHeartbeatWaitTimeMs() <= 0 || commitDue)) {
                send(to, true, false);
            }
        } finally {
            sending.unlock();
        }
        if (stuck) {
            return AGAIN_MILLIS;
        }
        if (hasAppendEntries() && to.hasRoom()) {
            // Appended by one who did not get the lock, or the other log had to be found: not again and again at full
            // speed.
            return to.isLost() ? COMMIT_DELAY_MILLIS : 0;
        }
        boolean behind = isCommitBehind();
        commitTimed.set(behind);
        long heartbeat = Math.max(1, getHeartbeatWaitTimeMs());
        return behind ? Math.min(heartbeat, Math.max(1, COMMIT_DELAY_MILLIS - sinceSentMillis())) : heartbeat;
    }

    private long sinceSentMillis() {
        return getFollower().getLastRpcSendTime().elapsedTimeMs();
    }

    /** Tells the follower that what it needs is not in the log any more. Blocking. */
    private long tellToFetch(AppendStream to, TermIndex firstInLog) throws IOException {
        FollowerInfo follower = getFollower();
        follower.updateLastRpcSendTime(false);
        InstallSnapshotReplyProto reply =
                to.installSnapshot(newInstallSnapshotNotificationRequest(firstInLog), answerMillis);
        follower.updateLastRpcResponseTime();
        switch (reply.getResult()) {
            case ALREADY_INSTALLED, SNAPSHOT_INSTALLED -> {
                long index = reply.getSnapshotIndex();
                LOG.info("follower has fetched the state follower={} index={}", getFollowerId(), index);
                sending.lock();
                try {
                    // Late replies to what was sent before do not send it back.
                    to.startOver();
                    follower.setSnapshotIndex(index);
                    stateAt = index;
                    follower.setAttemptedToInstallSnapshot();
                } finally {
                    sending.unlock();
                }
                getLeaderState().onFollowerCommitIndex(follower, index);
                return 1;
            }
            case SUCCESS, SNAPSHOT_UNAVAILABLE -> follower.setAttemptedToInstallSnapshot();
            case NOT_LEADER -> onFollowerTerm(reply.getTerm());
            case IN_PROGRESS -> LOG.debug("follower fetches the state follower={}", getFollowerId());
            case CONF_MISMATCH, SNAPSHOT_EXPIRED, UNRECOGNIZED ->
                LOG.warn("follower does not fetch the state follower={} why={}", getFollowerId(), reply.getResult());
        }
        return Math.min(AGAIN_MILLIS, Math.max(1, getHeartbeatWaitTimeMs()));
    }

    /** Ends what the own thread may be waiting in, so that a leader that steps down does not wait for a follower. */
    @Override
    public CompletableFuture<LifeCycle.State> stopAsync() {
        CompletableFuture<LifeCycle.State> stopped = super.stopAsync();
        AppendStream last = stream;
        if (last != null) {
            last.close();
        }
        Socket half = connecting.get();
        if (half != null) {
            try {
                half.close();
            } catch (IOException failure) {
                LOG.debug("socket not closed", failure);
            }
        }
        return stopped;
    }
}
