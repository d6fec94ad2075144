package dev.quoin.tools.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a process up until somebody stops it, and gives it the time to close what it opened: the signal is held back until
 * {@link #close} says that all is closed.
 *
 * <p>Made before anything is opened, closed after everything is closed.
 */
final class Running implements AutoCloseable {

    /** How long closing may take before the process ends anyway. */
    private static final long CLOSE_SECONDS_MAX = 90;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    Running() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "quoin-stop"));
    }

    private void stop() {
        asked.countDown();
        try {
            if (!closed.await(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                System.err.println("quoin: closing takes longer than " + CLOSE_SECONDS_MAX + " s, ending anyway");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for Ctrl-C or a request to terminate. Blocking. */
    void awaitStop() {
        boolean interrupted = false;
        while (asked.getCount() > 0) {
            try {
                asked.await();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether somebody has asked. */
    boolean isAsked() {
        return asked.getCount() == 0;
    }

    /** Lets the process end. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
    }
}
