package dev.quoin.dlm.sim;

import java.util.concurrent.ScheduledExecutorService;

/** A machine with a process: its clock, and whether it runs. */
public final class SimNode {

    private final World world;
    private final String name;
    private final double rate;
    private final long offset;
    private long wallOffsetMillis;
    private int life;
    private boolean running = true;
    private long pausedUntil;

    public SimNode(World world, String name, double rate) {
        this.world = world;
        this.name = name;
        this.rate = rate;
        offset = world.random.nextLong(1L << 50);
        wallOffsetMillis = 1_700_000_000_000L + world.random.nextLong(10_000);
    }

    public World world() {
        return world;
    }

    public String name() {
        return name;
    }

    /** Rises with each start of the process; what belongs to an earlier one no longer happens. */
    int life() {
        return life;
    }

    public boolean isRunning() {
        return running;
    }

    public void kill() {
        running = false;
        life++;
        pausedUntil = 0;
    }

    public void start() {
        running = true;
    }

    public void pause(long nanos) {
        pausedUntil = Math.max(pausedUntil, world.now() + nanos);
    }

    long pausedUntil() {
        return pausedUntil;
    }

    public boolean isPaused() {
        return pausedUntil > world.now();
    }

    /** The monotonic clock of the machine, in nanoseconds. */
    public long nanos() {
        return offset + (long) (world.now() * rate);
    }

    /** The clock for people, which may jump. */
    public long wallMillis() {
        return wallOffsetMillis + nanos() / World.MILLI;
    }

    public void jumpWallClock(long millis) {
        wallOffsetMillis += millis;
    }

    /** Does something after so long by the machine's own clock. */
    public void after(long nanos, String what, Runnable task) {
        world.after((long) (nanos / rate), this, what, task);
    }

    /** A timer of the process that runs now. */
    public ScheduledExecutorService timer() {
        return new SimTimer(this);
    }

    @Override
    public String toString() {
        return name;
    }
}
