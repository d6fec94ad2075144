package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.DeviceException.Code;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Proves that waiting writers share a sync, and that none is served by a sync that began before it joined. */
class SyncGroupTest {

    private final Queue<Runnable> queue = new ArrayDeque<>();
    private int syncs;

    @Test
    void waiters_beforeASyncBegins_shareIt() {
        SyncGroup group = new SyncGroup(queue::add, () -> syncs++);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            var done = new CompletableFuture<Void>();
            waiting.add(done);
            group.join(done);
        }
        drain();
        assertThat(syncs).isEqualTo(1);
        assertThat(waiting).allMatch(CompletableFuture::isDone);
    }

    @Test
    void waiter_duringASync_isServedByTheNext() {
        var late = new CompletableFuture<Void>();
        SyncGroup[] group = new SyncGroup[1];
        group[0] = new SyncGroup(queue::add, () -> {
            syncs++;
            if (syncs == 1) {
                group[0].join(late);
            } else {
                assertThat(late).isNotDone();
            }
        });
        var first = new CompletableFuture<Void>();
        group[0].join(first);
        drain();
        assertThat(syncs).isEqualTo(2);
        assertThat(first).isCompleted();
        assertThat(late).isCompleted();
    }

    @Test
    void failedSync_failsItsWaiters() {
        SyncGroup group = new SyncGroup(queue::add, () -> {
            throw new DeviceException(Code.GONE, "file:x", "fdatasync failed");
        });
        var done = new CompletableFuture<Void>();
        group.join(done);
        drain();
        assertThat(done).isCompletedExceptionally();
    }

    private void drain() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }
}
