package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceListeners;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.wire.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a device connected: runs its link, sends again what may succeed later, makes a broken link anew, and in the end gives
 * up.
 *
 * <pre>
 *   open ──► serving ──► recovering ──► serving ...
 *               │             └──► dead          all requests fail
 *               └──► closing ──► closed
 * </pre>
 */
final class DeviceThread implements Receiver.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceThread.class);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final SecureRandom RANDOM = new SecureRandom();

    /** How often one command may be answered with "try again". */
    private static final int ATTEMPTS_MAX = 24;

    private static final Duration RETRY_FIRST = Duration.ofMillis(10);
    private static final Duration RETRY_LAST = Duration.ofSeconds(1);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration LOGOUT_WAIT = Duration.ofSeconds(2);

    private final IscsiUrl url;
    private final String name;
    private final InitiatorConfig config;
    private final InitiatorLogin login;
    private final BooleanSupplier hasUnflushed;
    private final DeviceListeners listeners;
    private final KnownDisk disk;
    private final Thread thread;
    private final CommandQueue queue = new CommandQueue();
    private final AtomicInteger openRequests = new AtomicInteger();

    // Device's thread only (before it starts, the opening thread's).
    private final PriorityQueue<Later> later = new PriorityQueue<>();
    private String incarnation = "";
    private boolean loggedOut;
    private long lastCheck;

    private volatile @Nullable Link link;
    private volatile boolean closing;
    private volatile @Nullable DeviceException dead;

    /** A command that is sent again at some time. */
    private record Later(Command command, long due) implements Comparable<Later> {
        @Override
        public int compareTo(Later other) {
            return Long.signum(due - other.due);
        }
    }

    /**
     * A device that is not connected yet.
     *
     * @param hasUnflushed whether there are writes that a target could lose
     * @param listeners are told what the target tells of the unit
     */
    DeviceThread(IscsiUrl url, InitiatorConfig config, BooleanSupplier hasUnflushed, DeviceListeners listeners) {
        this.url = url;
        this.name = url.toString();
        this.config = config;
        this.hasUnflushed = hasUnflushed;
        this.listeners = listeners;
        this.disk = new KnownDisk(name, listeners);
        // Type "random" (RFC 7143 11.12.5): 24 random bits and 16 of a qualifier, which are random as well.
        this.login = new InitiatorLogin(url, config, 0x80L << 40 | (RANDOM.nextLong() & 0xFF_FFFF_FFFFL));
        this.thread = Thread.ofPlatform()
                .name("iscsi-initiator-" + NUMBER.incrementAndGet())
                .daemon()
                .unstarted(this::run);
    }

    /** Connects for the first time, on the caller's thread. */
    void open() throws DeviceException {
        try {
            connect();
        } catch (LoginRefusedException refused) {
            throw new DeviceException(
                    refused.fenced() ? Code.FENCED : Code.GONE,
                    name,
                    refused.getMessage() + ": check the target's name and that " + config.initiatorName()
                            + " may log in",
                    refused);
        } catch (DeviceException known) {
            throw known;
        } catch (IOException failure) {
            throw new DeviceException(
                    Code.GONE,
                    name,
                    "cannot be reached (" + failure.getMessage()
                            + "): check address and port, and that a target listens",
                    failure);
        }
    }

    /** What is known of the unit. */
    Disk disk() {
        return disk.now();
    }

    /** Starts to serve requests. */
    void start() {
        thread.start();
    }

    /** Why requests are refused now, or null. */
    @Nullable DeviceException refusal() {
        return closing ? new DeviceException(Code.GONE, name, "the device was closed") : dead;
    }

    void requestBegins() {
        openRequests.incrementAndGet();
    }

    void requestEnded() {
        if (openRequests.decrementAndGet() == 0 && closing) {
            wake();
        }
    }

    /** Queues a command of a request; {@link #pump()} has it sent. */
    void submit(Command command, BlockRequest request) {
        if (!queue.add(command)) {
            request.failed(new DeviceException(
                    Code.BUSY, name, CommandQueue.WAITING_MAX + " commands wait, which is the limit: try again"));
        }
    }

    /** Has queued commands sent, by this thread if it can be done at once. */
    void pump() {
        Link now = link;
        if (now != null) {
            now.pump();
        }
        DeviceException why = dead;
        if (why != null) {
            failWaiting(why); // The device may have died after the request was let in.
        }
    }

    private void wake() {
        Link now = link;
        if (now != null) {
            now.wake();
        }
    }

    private void run() {
        try {
            while (!done()) {
                try {
                    serve();
                } catch (IOException broken) {
                    if (!recover(broken)) {
                        return;
                    }
                }
            }
            logout();
        } catch (RuntimeException bug) {
            LOG.error("device ends on a defect; device={}", name, bug);
            die(new DeviceException(Code.GONE, name, "a defect of the initiator: " + bug, bug));
        } finally {
            disconnect();
        }
    }

    private boolean done() {
        return closing && openRequests.get() == 0;
    }

    private void serve() throws IOException {
        Link now = current();
        while (!done()) {
            long time = System.nanoTime();
            for (Later next; (next = later.peek()) != null && next.due() - time <= 0; later.poll()) {
                queue.addAgain(List.of(next.command()));
            }
            if (time - lastCheck >= TICK.toNanos()) {
                lastCheck = time;
                now.checkTimeouts(time);
            }
            Later next = later.peek();
            now.round(next == null ? TICK : Duration.ofNanos(Math.min(TICK.toNanos(), next.due() - time)));
        }
    }

    private Link current() {
        Link now = link;
        if (now == null) {
            throw new IllegalStateException(name + " is not connected");
        }
        return now;
    }

    /** Tries to get back to the target; false if the device is dead after it. */
    private boolean recover(IOException broken) {
        LOG.warn("connection lost; device={} why=\"{}\"", name, broken.getMessage());
        disconnect();
        long start = System.nanoTime();
        Duration pause = RETRY_FIRST;
        IOException last = broken;
        while (!done() && System.nanoTime() - start < config.recoveryTimeout().toNanos()) {
            if (Thread.interrupted()) {
                break;
            }
            try {
                connect();
                LOG.info("connection made anew; device={} after_ms={}", name, millisSince(start));
                return true;
            } catch (LoginRefusedException refused) {
                if (!refused.passing()) {
                    die(new DeviceException(
                            refused.fenced() ? Code.FENCED : Code.GONE,
                            name,
                            "the target takes no new connection: " + refused.getMessage(),
                            refused));
                    return false;
                }
                last = refused;
            } catch (DeviceException lost) {
                die(lost);
                return false;
            } catch (IOException failure) {
                last = failure;
            }
            // The only wait of this thread outside its selector; nothing else is for it to do now.
            LockSupport.parkNanos(pause.toNanos());
            pause = pause.multipliedBy(2).compareTo(RETRY_LAST) < 0 ? pause.multipliedBy(2) : RETRY_LAST;
        }
        die(new DeviceException(
                Code.GONE,
                name,
                "not reached again within " + config.recoveryTimeout().toSeconds() + " s: " + last.getMessage(),
                last));
        return false;
    }

    private static long millisSince(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    /** Logs in, asks the unit what it is, and serves the queue if it is still the same. */
    private void connect() throws IOException {
        LoggedIn loggedIn = login.run();
        CommandQueue probes = new CommandQueue();
        Link fresh = null;
        boolean good = false;
        try {
            Link made = new Link(loggedIn, url, config, probes, this);
            fresh = made;
            Disk found =
                    new DiskProbe(name, (high, low, allocation) -> probe(made, probes, high, low, allocation)).run();
            checkSameRun(loggedIn.incarnation());
            disk.found(found);
            incarnation = loggedIn.incarnation();
            link = made;
            made.serve(queue);
            good = true;
        } finally {
            if (!good) {
                if (fresh == null) {
                    loggedIn.channel().close();
                } else {
                    fresh.close();
                }
            }
        }
    }

    private void checkSameRun(String newIncarnation) throws DeviceException {
        boolean sameRun = !incarnation.isEmpty() && incarnation.equals(newIncarnation);
        if (disk.isKnown() && !sameRun && hasUnflushed.getAsBoolean()) {
            throw new DeviceException(
                    Code.GONE,
                    name,
                    "the target was perhaps restarted while writes were not flushed, so they may be lost:"
                            + " check what uses the device and open it again");
        }
    }

    private DiskProbe.Answer probe(Link fresh, CommandQueue probes, long high, long low, int allocation)
            throws IOException {
        ProbeCommand probe = new ProbeCommand();
        ByteBuffer data = allocation == 0 ? null : ByteBuffer.allocate(allocation);
        Command.Direction direction = data == null ? Command.Direction.NONE : Command.Direction.READ;
        probes.add(new Command(high, low, direction, data, probe));
        long start = System.nanoTime();
        DiskProbe.Answer answer = null;
        while (answer == null) {
            if (System.nanoTime() - start > config.connectTimeout().toNanos()) {
                throw new IOException(name + ": no answer while asking what the unit is");
            }
            fresh.round(DiskProbe.step());
            answer = probe.answer();
        }
        return answer;
    }

    private void disconnect() {
        Link old = link;
        link = null;
        if (old == null) {
            return;
        }
        try {
            old.close();
        } catch (IOException failure) {
            LOG.debug("closing a connection failed; device={}", name, failure);
        }
        queue.addAgain(old.sent());
    }

    private void die(DeviceException why) {
        LOG.error("device is gone; device={} why=\"{}\"", name, why.getMessage());
        dead = why;
        disconnect();
        later.forEach(l -> l.command().completion().failed(l.command(), why));
        later.clear();
        failWaiting(why);
    }

    private void failWaiting(DeviceException why) {
        for (Command command; (command = queue.poll()) != null; ) {
            command.completion().failed(command, why);
        }
    }

    @Override
    public void answered(Command command, int status, boolean residual, ByteBuffer in, int senseAt, int senseLength)
            throws IOException {
        if (command.completion() instanceof ProbeCommand probe) {
            answeredProbe(probe, command, status, in, senseAt, senseLength);
            return;
        }
        switch (status) {
            case ScsiStatus.GOOD -> {
                if (command.isWhole(residual)) {
                    command.completion().done(command);
                    if (disk.isDoubtful()) {
                        throw new IOException(name + ": the unit has changed and not become larger");
                    }
                } else {
                    command.completion()
                            .failed(
                                    command,
                                    new DeviceException(
                                            Code.MEDIUM_ERROR,
                                            name,
                                            command.received() + " bytes moved, " + command.length() + " expected"));
                }
            }
            case ScsiStatus.CHECK_CONDITION -> checkCondition(command, SenseFault.parse(in, senseAt, senseLength));
            case ScsiStatus.BUSY, ScsiStatus.TASK_SET_FULL, ScsiStatus.TASK_ABORTED ->
                again(command, Code.BUSY, "status %02x".formatted(status));
            case ScsiStatus.RESERVATION_CONFLICT ->
                command.completion()
                        .failed(
                                command,
                                new DeviceException(Code.FENCED, name, "another initiator holds a reservation"));
            default ->
                command.completion()
                        .failed(command, new DeviceException(Code.GONE, name, "status %02x found".formatted(status)));
        }
    }

    private static void answeredProbe(
            ProbeCommand probe, Command command, int status, ByteBuffer in, int senseAt, int senseLength) {
        if (status == ScsiStatus.GOOD) {
            probe.done(command);
        } else {
            probe.refused(SenseFault.parse(in, senseAt, senseLength));
        }
    }

    private void checkCondition(Command command, SenseFault sense) throws IOException {
        if (sense.tasksLost()) {
            // Others of this session may never be answered now: start afresh and send all again.
            queue.addAgain(List.of(command));
            throw new IOException(name + ": commands were aborted at the target, " + sense);
        }
        if (sense.capacityChanged()) {
            Command ask = disk.ask();
            if (ask != null) {
                queue.addAgain(List.of(ask));
            }
        } else if (sense.spaceLow()) {
            LOG.warn("the unit has little space left; device={}", name);
            listeners.tell(DeviceEvent.SPACE_LOW);
        }
        if (sense.passing()) {
            again(command, sense.code(), sense.toString());
        } else {
            command.completion()
                    .failed(command, new DeviceException(sense.code(), name, "the target answered with " + sense));
        }
    }

    /** Sends a command again in a moment, or gives it up when that was tried often enough. */
    private void again(Command command, Code code, String why) {
        command.attemptFailed();
        if (command.attempts() > ATTEMPTS_MAX) {
            command.completion()
                    .failed(
                            command,
                            new DeviceException(
                                    code, name, "given up after " + ATTEMPTS_MAX + " attempts with " + why));
            return;
        }
        long delay = Math.min(RETRY_LAST.toNanos(), RETRY_FIRST.toNanos() << Math.min(20, command.attempts() - 1));
        later.add(new Later(command, System.nanoTime() + delay));
    }

    @Override
    public void loggedOut() {
        loggedOut = true;
    }

    private void logout() {
        Link now = link;
        if (now == null) {
            return;
        }
        try {
            now.sender().control((cmdSn, expStatSn) -> new Request.Logout(true, 0, 0x7FFF_0000, 0, cmdSn, expStatSn));
            long start = System.nanoTime();
            while (!loggedOut && System.nanoTime() - start < LOGOUT_WAIT.toNanos()) {
                now.round(RETRY_FIRST);
            }
        } catch (IOException gone) {
            LOG.debug("no answer to the logout; device={}", name, gone);
        }
    }

    /** Refuses new requests, waits for those under way, logs out. Blocking, within request and recovery timeout. */
    void close() {
        if (closing && !thread.isAlive()) {
            return;
        }
        closing = true;
        wake();
        Duration limit = config.requestTimeout().plus(config.recoveryTimeout()).plus(LOGOUT_WAIT);
        boolean interrupted = false;
        long start = System.nanoTime();
        while (thread.isAlive() && System.nanoTime() - start < limit.toNanos()) {
            try {
                thread.join(TICK);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (thread.isAlive()) {
            LOG.warn("device closed with requests under way; device={}", name);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
