package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.SessionFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Proves that what waits goes into few entries, in order, within the limits, and that too much is refused. */
class GroupCommitTest {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<LogBatch> batches = new ArrayList<>();
    private final ArrayDeque<CompletableFuture<Void>> underWay = new ArrayDeque<>();
    private final List<GroupCommit.Submission> failed = new ArrayList<>();
    private final GroupCommit commit = new GroupCommit(
            (batch, submission) -> {
                synchronized (batches) {
                    batches.add(batch);
                    CompletableFuture<Void> done = new CompletableFuture<>();
                    underWay.add(done);
                    return done;
                }
            },
            failed::add,
            timer,
            Runnable::run,
            System::currentTimeMillis);

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    private static GroupCommit.Item item(long session, int operations) {
        SessionFrame.Builder frame = SessionFrame.newBuilder().setSession(session);
        for (int i = 0; i < operations; i++) {
            frame.addOperations(Operation.newBuilder().setSequence(i + 1));
        }
        return new GroupCommit.Item(LogCommand.newBuilder().setSession(frame).build(), null, session, 0);
    }

    private List<Long> sessions(int batch) {
        return batches.get(batch).getCommandsList().stream()
                .map(command -> command.getSession().getSession())
                .toList();
    }

    @Test
    void itemsOfferedWhileEntriesAreUnderWay_shareTheNextEntry() {
        for (long session = 1; session <= 10; session++) {
            assertThat(commit.offer(item(session, 1))).isTrue();
        }
        assertThat(batches).hasSize(GroupCommit.ENTRIES_IN_FLIGHT_MAX);
        underWay.remove().complete(null);
        assertThat(batches).hasSize(GroupCommit.ENTRIES_IN_FLIGHT_MAX + 1);
        assertThat(sessions(0)).containsExactly(1L);
        assertThat(sessions(1)).containsExactly(2L);
        assertThat(sessions(2)).containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }

    @Test
    void entry_atItsLimit_leavesTheRestForTheNext() {
        commit.offer(item(1, 1));
        commit.offer(item(2, 1));
        int each = GroupCommit.OPERATIONS_PER_ENTRY_MAX / 4;
        for (long session = 3; session <= 7; session++) {
            commit.offer(item(session, each - 1));
        }
        underWay.remove().complete(null);
        assertThat(sessions(2)).containsExactly(3L, 4L, 5L, 6L);
        underWay.remove().complete(null);
        assertThat(sessions(3)).containsExactly(7L);
    }

    @Test
    void queue_atItsLimit_refuses() {
        commit.offer(item(1, 1));
        commit.offer(item(2, 1));
        int left = GroupCommit.QUEUED_OPERATIONS_MAX;
        for (; left >= 1_024; left -= 1_024) {
            assertThat(commit.offer(item(3, 1_023))).isTrue();
        }
        assertThat(commit.offer(item(4, 1))).isFalse();
        underWay.remove().complete(null);
        assertThat(commit.offer(item(4, 1))).isTrue();
    }

    @Test
    void entry_thatFails_isGivenBack() {
        commit.offer(item(1, 1));
        underWay.remove().completeExceptionally(new IllegalStateException("not the leader"));
        assertThat(failed).hasSize(1);
        assertThat(failed.getFirst().items())
                .extracting(GroupCommit.Item::session)
                .containsExactly(1L);
    }

    @Test
    void keepalives_alone_gatherInOneEntry() {
        for (long session = 1; session <= 5; session++) {
            commit.offer(new GroupCommit.Item(null, null, session, 1));
        }
        await().until(() -> {
            synchronized (batches) {
                return batches.size() == 1;
            }
        });
        assertThat(batches.getFirst().getCommandsCount()).isZero();
    }
}
