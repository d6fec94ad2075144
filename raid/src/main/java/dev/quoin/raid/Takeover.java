package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets spares take the roles of members that fail, and has them rebuilt, on a virtual thread of its own while there is something to do.
 */
final class Takeover {

    private final Supplier<ArrayCore> array;
    private final ReentrantLock admin;
    private final Supplier<CompletableFuture<RebuildReport>> rebuild;
    private final BooleanSupplier toRebuild;

    private final ReentrantLock lock = new ReentrantLock();
    private boolean wanted;
    private boolean rebuildWanted;
    private @Nullable CompletableFuture<Void> running;

    /**
     * For an array.
     *
     * @param array how it runs now
     * @param admin held while a role is given to a spare, and while the array is changed otherwise
     * @param rebuild begins a rebuild, or joins the one that is under way
     * @param toRebuild whether a member is to be rebuilt
     */
    Takeover(
            Supplier<ArrayCore> array,
            ReentrantLock admin,
            Supplier<CompletableFuture<RebuildReport>> rebuild,
            BooleanSupplier toRebuild) {
        this.array = array;
        this.admin = admin;
        this.rebuild = rebuild;
        this.toRebuild = toRebuild;
    }

    /**
     * Looks for something to do, soon. Not blocking.
     *
     * @param rebuildToo whether members are to be rebuilt even if no spare takes a role
     */
    void request(boolean rebuildToo) {
        CompletableFuture<Void> mine;
        lock.lock();
        try {
            wanted = true;
            rebuildWanted |= rebuildToo;
            if (running != null) {
                return;
            }
            mine = new CompletableFuture<>();
            running = mine;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("raid-takeover-" + array.get().name).start(() -> {
            try {
                while (isWanted()) {
                    run();
                }
            } finally {
                mine.complete(null);
            }
        });
    }

    /** Completes when there is nothing more to do. */
    CompletableFuture<Void> idle() {
        lock.lock();
        try {
            CompletableFuture<Void> now = running;
            return now == null ? CompletableFuture.completedFuture(null) : now;
        } finally {
            lock.unlock();
        }
    }

    private boolean isWanted() {
        lock.lock();
        try {
            boolean was = wanted;
            wanted = false;
            if (!was) {
                running = null;
            }
            return was;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        boolean rebuilds = takeRebuildWanted();
        while (isUsable() && replaceOne()) {
            rebuilds = true;
        }
        while (rebuilds && isUsable() && toRebuild.getAsBoolean()) {
            boolean done =
                    beginRebuild().handle((report, failure) -> failure == null).join();
            if (!done) {
                return; // If it was for a member that failed, that asks again.
            }
        }
    }

    private boolean takeRebuildWanted() {
        lock.lock();
        try {
            boolean was = rebuildWanted;
            rebuildWanted = false;
            return was;
        } finally {
            lock.unlock();
        }
    }

    /** Not while the array is changed, which would refuse it. */
    private CompletableFuture<RebuildReport> beginRebuild() {
        admin.lock();
        try {
            return rebuild.get();
        } finally {
            admin.unlock();
        }
    }

    private boolean isUsable() {
        ArrayCore core = array.get();
        return core.dead() == null && !core.isClosing();
    }

    private boolean replaceOne() {
        admin.lock();
        try {
            ArrayCore core = array.get();
            int role = failedRole(core);
            List<Spare> spares = core.membership.spares();
            boolean isReshaped = core.frontier != null;
            if (role < 0 || spares.isEmpty() || isReshaped || !isUsable()) {
                return false;
            }
            Spare smallest = spares.stream()
                    .min(Comparator.comparingLong(spare -> spare.regions().memberSize()))
                    .orElseThrow();
            try {
                Replacement.run(core, role, smallest);
            } catch (DeviceException failure) {
                core.membership.dropSpare(smallest, "could not take the role: " + failure.getMessage());
            }
            return true;
        } finally {
            admin.unlock();
        }
    }

    private static int failedRole(ArrayCore core) {
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.members.get(role);
            if (member == null || !member.isActive()) {
                return role;
            }
        }
        return -1;
    }
}
