package dev.quoin.dlm.history;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A process of callers that lock, read and write, and write down what they saw: {@code FILE SEED NUMBER THREADS SERVER...}. It stops, and its
 * file is whole, when its standard input ends.
 */
final class HistoryClient {

    private static final int RESOURCES = 3;
    private static final Duration LEASE = Duration.ofMillis(1_500);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final PrintStream out;
    private final int number;
    private final List<String> servers;
    private final AtomicLong callers;
    private final AtomicLong values;
    private volatile boolean stopping;

    private HistoryClient(PrintStream out, int number, List<String> servers) {
        this.out = out;
        this.number = number;
        this.servers = servers;
        callers = new AtomicLong(number * 1_000_000L);
        values = new AtomicLong(number * 1_000_000L);
    }

    public static void main(String[] arguments) throws Exception {
        try (PrintStream out =
                new PrintStream(Files.newOutputStream(Path.of(arguments[0])), false, StandardCharsets.UTF_8)) {
            HistoryClient client = new HistoryClient(
                    out, Integer.parseInt(arguments[2]), List.of(arguments).subList(4, arguments.length));
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < Integer.parseInt(arguments[3]); t++) {
                RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom")
                        .create(Long.parseLong(arguments[1]) * 100 + client.number * 10L + t);
                threads.add(Thread.ofPlatform().start(() -> client.run(random)));
            }
            while (System.in.read() >= 0) {
                // Only its end is of interest.
            }
            client.stopping = true;
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(30));
            }
        }
    }

    private void note(String resource, long caller, Op.What what, long invoked, long returned) {
        String line = new Op(resource, caller, what, invoked, returned).line();
        synchronized (out) {
            out.println(line);
        }
    }

    private void run(RandomGenerator random) {
        while (!stopping) {
            try (LockClient client = DlmClient.connect(DlmClientConfig.of("history-" + number, servers, Security.off())
                    .supersede(false)
                    .lease(LEASE)
                    .timeouts(PATIENCE, PATIENCE))) {
                Lockspace space = client.lockspace("history", SessionEndPolicy.RELEASE);
                long caller = callers.incrementAndGet();
                while (!stopping && client.isValidFor(Duration.ZERO)) {
                    if (random.nextInt(3) == 0) {
                        lock(space, caller, random);
                    } else {
                        value(client.registry(), caller, random);
                    }
                }
            } catch (DlmException unreachable) {
                // The next session may have more luck.
            }
        }
    }

    private void lock(Lockspace space, long caller, RandomGenerator random) {
        String resource = "lock" + random.nextInt(RESOURCES);
        boolean exclusive = random.nextInt(3) > 0;
        LockRequest request = LockRequest.of(exclusive ? LockMode.EX : LockMode.PR);
        long invoked = System.nanoTime();
        LockOutcome outcome = space.acquire(
                ResourceName.of(resource),
                random.nextBoolean() ? request.noQueue() : request.timeout(Duration.ofSeconds(2)));
        if (!(outcome instanceof LockOutcome.Granted(Held held))) {
            // What is not known to be granted is given back by the session, or goes with it: nobody believes to hold
            // it.
            return;
        }
        long token = held.token().value();
        note(resource, caller, new Op.What.Acquired(exclusive, token), invoked, System.nanoTime());
        long surelyHeld = System.nanoTime();
        long until = surelyHeld + random.nextLong(3_000_000);
        boolean valid = true;
        while (valid) {
            // Valid after the look at the clock, so valid at it.
            long now = System.nanoTime();
            valid = held.isValidFor(Duration.ZERO);
            surelyHeld = valid ? now : surelyHeld;
            if (now > until) {
                break;
            }
            LockSupport.parkNanos(200_000);
        }
        boolean answered = true;
        try {
            held.releaseAsync(null).get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException unknown) {
            answered = false;
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
        note(resource, caller, new Op.What.Released(token), surelyHeld, answered ? System.nanoTime() : Op.NEVER);
    }

    private void value(Registry registry, long caller, RandomGenerator random) throws DlmException {
        String key = "value" + random.nextInt(RESOURCES);
        long invoked = System.nanoTime();
        var found = registry.get(key);
        long revision = found.map(Registry.Entry::revision).orElse(0L);
        long value =
                found.map(entry -> ByteBuffer.wrap(entry.value()).getLong()).orElse(0L);
        note(key, caller, new Op.What.Read(revision, value), invoked, System.nanoTime());
        if (random.nextBoolean()) {
            return;
        }
        long next = values.incrementAndGet();
        long asked = System.nanoTime();
        TransactionOutcome outcome = registry.commit(Transaction.builder()
                .ifRevision(key, revision)
                .put(key, ByteBuffer.allocate(8).putLong(next).array())
                .build());
        switch (outcome) {
            case TransactionOutcome.Committed(long made) ->
                note(key, caller, new Op.What.Written(revision, next, made), asked, System.nanoTime());
            case TransactionOutcome.Conflict _ ->
                note(key, caller, new Op.What.Conflicted(revision), asked, System.nanoTime());
            default -> note(key, caller, new Op.What.Written(revision, next, 0), asked, Op.NEVER);
        }
    }
}
