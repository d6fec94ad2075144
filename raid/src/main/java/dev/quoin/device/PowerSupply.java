package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * What several {@link FaultyDevice}s lose at the same instant, and the source of all that is random about them.
 *
 * <p>The same seed and the same sequence of requests give the same faults. One lock, owned by this object, orders the requests of
 * all its devices. Safe for use by many threads; with more than one, the sequence of requests is no longer given by the seed.
 */
public final class PowerSupply {

    private final ReentrantLock lock = new ReentrantLock();
    private final List<FaultyDevice> devices = new ArrayList<>();
    private final RandomGenerator random;
    private long changes;
    private long cutAt = Long.MAX_VALUE;
    private boolean on = true;

    /** A supply that is on. */
    public PowerSupply(long seed) {
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /**
     * Cuts the power in the course of the {@code count}-th write, zeroing, discard or flush from now on, counted over all
     * devices; 1 is the next one. That request is not acknowledged and may have been done in part.
     */
    public void cutAfter(long count) {
        lock.lock();
        try {
            cutAt = changes + count;
        } finally {
            lock.unlock();
        }
    }

    /** Cuts the power now: of what was not flushed, each device keeps, loses or tears every write by chance. */
    public void cut() {
        lock.lock();
        try {
            cutNow();
        } finally {
            lock.unlock();
        }
    }

    /** Turns the power on again; the devices answer with what survived. */
    public void restore() {
        lock.lock();
        try {
            on = true;
            cutAt = Long.MAX_VALUE;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the devices have power. */
    public boolean isOn() {
        lock.lock();
        try {
            return on;
        } finally {
            lock.unlock();
        }
    }

    /** The number of writes, zeroings, discards and flushes that all devices were sent so far. */
    public long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    ReentrantLock lock() {
        return lock;
    }

    RandomGenerator random() {
        return random;
    }

    /** Called with the lock held. */
    void plugIn(FaultyDevice device) {
        devices.add(device);
    }

    /** Called with the lock held. */
    void unplug(FaultyDevice device) {
        devices.remove(device);
    }

    /** Counts a changing request and says whether the power goes in its course. Called with the lock held. */
    boolean countChange() {
        changes++;
        return changes == cutAt;
    }

    /** Called with the lock held. */
    void cutNow() {
        if (!on) {
            return;
        }
        on = false;
        for (FaultyDevice device : devices) {
            device.losePower();
        }
    }

    /** Called with the lock held. */
    void checkOn(String device) throws DeviceException {
        if (!on) {
            throw new DeviceException(Code.GONE, device, "no power");
        }
    }
}
