package dev.quoin.bench.zookeeper;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;

/**
 * Clients of Curator's mutex, each with a lock of its own that it takes and gives back without a pause: {@code SERVERS}. A line
 * {@code NUMBER CLIENTS MILLIS} on standard input starts a run; a line {@code run NUMBER PAIRS} says how many pairs it came to.
 */
public final class ZooKeeperLoad {

    /** As many connections as serve ZooKeeper well: one is the bottleneck with many clients, many cost with few. */
    private static final int SESSIONS = 8;

    private static final int TIMEOUT_MILLIS = 60_000;

    private ZooKeeperLoad() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws Exception {
        List<CuratorFramework> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            CuratorFramework session = CuratorFrameworkFactory.newClient(
                    arguments[0], TIMEOUT_MILLIS, TIMEOUT_MILLIS, new RetryOneTime(1_000));
            session.start();
            if (!session.blockUntilConnected(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("no ZooKeeper at " + arguments[0]);
            }
            sessions.add(session);
        }
        say("bench-child-ready load");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", -1);
            long pairs = run(sessions, Integer.parseInt(words[1]), Long.parseLong(words[2]));
            say("run " + words[0] + " " + pairs + " end");
        }
        sessions.forEach(CuratorFramework::close);
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static long run(List<CuratorFramework> sessions, int clients, long millis) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                InterProcessMutex mutex = new InterProcessMutex(sessions.get(i % SESSIONS), "/bench/" + i);
                tasks.add(() -> {
                    long pairs = 0;
                    while (System.nanoTime() - end < 0) {
                        mutex.acquire();
                        mutex.release();
                        pairs++;
                    }
                    return pairs;
                });
            }
            long pairs = 0;
            for (Future<Long> done : threads.invokeAll(tasks)) {
                pairs += done.get();
            }
            return pairs;
        }
    }
}
