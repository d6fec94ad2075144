package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member and in what state, in memory and in the superblocks.
 *
 * <p>A change takes effect at once, and raises the events of the array in the superblocks of all active members. Until that is
 * durable, no write is acknowledged ({@link #whenRecorded}): else a member that missed a write could come back as current.
 * One round of superblock writes runs at a time; changes meanwhile share the next.
 */
final class Membership {

    private final ArrayCore core;
    private final ReentrantLock lock = new ReentrantLock();
    private final UUID[] uuids;
    private final boolean[] writeMostly;
    private final long[] seenEvents;
    private final List<Spare> spares = new ArrayList<>();
    private long events;
    private boolean clean;
    private ScrubMark scrubMark;
    private Superblock.@Nullable Reshape reshape;
    private boolean writing;
    private boolean again;
    private CompletableFuture<Void> current = CompletableFuture.completedFuture(null);
    private CompletableFuture<Void> next = new CompletableFuture<>();
    private volatile CompletableFuture<Void> recorded = current;
    private volatile long recordedEvents;

    /**
     * The membership that a superblock tells.
     *
     * @param journalEvents those that a member must know to be current
     * @param spares those of the superblock that are there
     */
    Membership(ArrayCore core, Superblock superblock, long journalEvents, List<Spare> spares) {
        this.core = core;
        this.events = superblock.events();
        this.recordedEvents = events;
        this.scrubMark = ScrubMark.of(superblock.scrubbedBands());
        this.reshape = superblock.reshape();
        this.uuids = superblock.roles().stream().map(Superblock.Role::member).toArray(UUID[]::new);
        this.writeMostly = new boolean[uuids.length];
        this.seenEvents = new long[uuids.length];
        for (int role = 0; role < uuids.length; role++) {
            Superblock.Role told = superblock.roles().get(role);
            writeMostly[role] = told.writeMostly();
            seenEvents[role] = told.state() == RoleState.FAILED ? told.rebuiltBands() : journalEvents;
        }
        this.spares.addAll(spares);
    }

    /** Makes a member a failed one. Does nothing if it is already. */
    void fail(Member member, String why) {
        boolean start = false;
        boolean fatal;
        if (core.members.get(member.role) != member) {
            copyFailed(member, why);
            return;
        }
        lock.lock();
        try {
            if (!member.isActive() || core.members.get(member.role) != member || core.dead() != null) {
                return;
            }
            boolean rebuilding = member.state() == RoleState.REBUILDING;
            // The superblocks stay as they are then: the same members, if they come back, are the array.
            fatal = !rebuilding && !core.map.layout().survives(core.notInSync() | 1 << member.role);
            if (!fatal) {
                member.state(RoleState.FAILED);
                seenEvents[member.role] = recordedEvents;
                start = core.sabotage != Sabotage.NO_FAILURE_RECORD && requestRound();
            }
        } finally {
            lock.unlock();
        }
        if (fatal) {
            core.die(new DeviceException(
                    Code.GONE,
                    core.deviceName(),
                    "too many members failed, the last is role " + member.role + " on " + DiskLabel.of(member.device)
                            + ": " + why + "; bring the members back and start the array again"));
            return;
        }
        if (start) {
            round();
        }
        core.publish(ArrayEvent.Type.FAIL, member.role, DiskLabel.of(member.device) + ": " + why);
    }

    /** A device that is filled for a role is given up; no member knows of it. */
    private void copyFailed(Member copy, String why) {
        if (core.copies.compareAndSet(copy.role, copy, null)) {
            copy.state(RoleState.FAILED);
            core.publish(ArrayEvent.Type.FAIL_SPARE, copy.role, DiskLabel.of(copy.device) + ": " + why);
        }
    }

    /** Applies a change and records it; completes when it is durable on the active members. */
    CompletableFuture<Void> change(Runnable change) {
        boolean start;
        CompletableFuture<Void> mine;
        lock.lock();
        try {
            change.run();
            start = requestRound();
            mine = recorded;
        } finally {
            lock.unlock();
        }
        if (start) {
            round();
        }
        return mine;
    }

    /** Says that so many bands of the new layout are moved; completes when that is durable, at once if it is known. */
    CompletableFuture<Void> recordMoved(long bands) {
        Superblock.Reshape before;
        lock.lock();
        try {
            before = Objects.requireNonNull(reshape);
        } finally {
            lock.unlock();
        }
        return bands <= before.moved()
                ? CompletableFuture.completedFuture(null)
                : change(() -> reshape = new Superblock.Reshape(before.members(), bands));
    }

    /** What the superblocks say, in that of a member. */
    Superblock superblock(Member member) {
        lock.lock();
        try {
            return superblock(member.uuid, member.role, member.zeroed, member.regions(), events);
        } finally {
            lock.unlock();
        }
    }

    /** Called in a {@link #change}. */
    void uuid(int role, UUID uuid) {
        uuids[role] = uuid;
    }

    /** The UUID of whoever has the role, or had it last. */
    UUID uuid(int role) {
        lock.lock();
        try {
            return uuids[role];
        } finally {
            lock.unlock();
        }
    }

    /** The events that the superblock of a failed member has at least if it is what it was when it failed. */
    long seenEvents(int role) {
        lock.lock();
        try {
            return seenEvents[role];
        } finally {
            lock.unlock();
        }
    }

    /** The devices that wait for a member to fail. */
    List<Spare> spares() {
        lock.lock();
        try {
            return List.copyOf(spares);
        } finally {
            lock.unlock();
        }
    }

    /** Called in a {@link #change}. */
    void addSpare(Spare spare) {
        spares.add(spare);
    }

    /** Called in a {@link #change}. */
    void removeSpare(Spare spare) {
        spares.remove(spare);
    }

    /**
     * Divides the spares anew if the members of the array have become larger. One that is too small for that is none any more.
     * Durable with the next change.
     */
    void divideSpares() {
        long needed = core.bandCount * core.map.bandBytes();
        for (Spare spare : spares()) {
            if (spare.regions().dataLength() != needed) {
                divide(spare);
            }
        }
    }

    private void divide(Spare spare) {
        Spare divided = null;
        String why = "";
        try {
            spare.device().refreshSize();
            Regions regions = Newcomer.fit(core, spare.device());
            divided = new Spare(spare.uuid(), spare.device(), regions, spare.zeroed());
        } catch (DeviceException tooSmall) {
            why = String.valueOf(tooSmall.getMessage());
        }
        lock.lock();
        try {
            spares.remove(spare);
            if (divided != null) {
                spares.add(divided);
            }
        } finally {
            lock.unlock();
        }
        if (divided == null) {
            core.publish(ArrayEvent.Type.FAIL_SPARE, -1, DiskLabel.of(spare.device()) + ": " + why);
        }
    }

    /** Whether the member in a role is read from only if no other has the block. */
    boolean isWriteMostly(int role) {
        return writeMostly[role];
    }

    /** Called in a {@link #change}. */
    void clean(boolean now) {
        clean = now;
    }

    /** Called in a {@link #change}. */
    void scrubMark(ScrubMark mark) {
        scrubMark = mark;
    }

    ScrubMark scrubMark() {
        lock.lock();
        try {
            return scrubMark;
        } finally {
            lock.unlock();
        }
    }

    /** The events that are durable on all active members. */
    long recordedEvents() {
        return recordedEvents;
    }

    /** Runs the task when every change so far is durable. */
    void whenRecorded(Runnable task) {
        CompletableFuture<Void> round = recorded;
        if (round.isDone()) {
            task.run();
        } else {
            round.thenRun(() -> whenRecorded(task));
        }
    }

    /** Asks for a round that begins after this call; true if the caller must begin it. Called with the lock held. */
    private boolean requestRound() {
        recorded = next;
        again = writing;
        writing = true;
        return !again;
    }

    private void round() {
        List<Superblock> superblocks = new ArrayList<>();
        List<Member> targets;
        List<Spare> waiting;
        long number;
        lock.lock();
        try {
            again = false;
            current = next;
            next = new CompletableFuture<>();
            number = ++events;
            targets = core.activeMembers();
            for (Member member : targets) {
                superblocks.add(superblock(member.uuid, member.role, member.zeroed, member.regions(), number));
            }
            waiting = List.copyOf(spares);
            for (Spare spare : waiting) {
                superblocks.add(superblock(spare.uuid(), Superblock.SPARE, spare.zeroed(), spare.regions(), number));
            }
        } finally {
            lock.unlock();
        }
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            writes.add(core.io.writeSuperblock(targets.get(i), superblocks.get(i)));
        }
        for (int i = 0; i < waiting.size(); i++) {
            Spare spare = waiting.get(i);
            writes.add(core.io
                    .writeSuperblock(spare, superblocks.get(targets.size() + i))
                    .thenAccept(failure -> {
                        if (failure != null) {
                            dropSpare(spare, String.valueOf(failure.getMessage()));
                        }
                    }));
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).thenRun(() -> ended(number));
    }

    private void ended(long number) {
        CompletableFuture<Void> done;
        boolean more;
        lock.lock();
        try {
            recordedEvents = number;
            done = current;
            more = again && core.dead() == null;
            writing = more;
            if (again && !more) {
                // Nobody is left to be told; who waits finds the array dead.
                next.complete(null);
            }
        } finally {
            lock.unlock();
        }
        if (more) {
            round();
        }
        done.complete(null);
    }

    /** Takes a spare that cannot be used off the list; durable soon. */
    void dropSpare(Spare spare, String why) {
        boolean start;
        lock.lock();
        try {
            if (!spares.remove(spare)) {
                return;
            }
            start = requestRound();
        } finally {
            lock.unlock();
        }
        if (start) {
            round();
        }
        core.publish(ArrayEvent.Type.FAIL_SPARE, -1, DiskLabel.of(spare.device()) + ": " + why);
    }

    /** What the superblock of a device that is to take a role says, with the events that are durable now. */
    Superblock recordedSuperblock(Member newcomer) {
        lock.lock();
        try {
            return superblock(newcomer.uuid, newcomer.role, newcomer.zeroed, newcomer.regions(), recordedEvents);
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held. */
    private Superblock superblock(UUID uuid, int ownRole, boolean zeroed, Regions regions, long number) {
        return new Superblock(
                core.uuid,
                uuid,
                number,
                core.map.level(),
                ownRole,
                core.map.chunkBytes(),
                clean,
                true,
                zeroed,
                core.verifiesReads,
                core.policy,
                scrubMark.number(),
                regions,
                core.name,
                roles(),
                spares.stream().map(Spare::uuid).toList(),
                reshape);
    }

    /** Who has which role now, and how they are. */
    List<Superblock.Role> roles() {
        List<Superblock.Role> roles = new ArrayList<>();
        lock.lock();
        try {
            for (int role = 0; role < uuids.length; role++) {
                @Nullable Member holder = core.members.get(role);
                RoleState state = holder == null ? RoleState.FAILED : holder.state();
                boolean catchesUp = holder != null && state == RoleState.REBUILDING && holder.catchesUp;
                roles.add(
                        new Superblock.Role(uuids[role], state, writeMostly[role], progress(role, holder), catchesUp));
            }
        } finally {
            lock.unlock();
        }
        return roles;
    }

    private long progress(int role, @Nullable Member holder) {
        if (holder == null || holder.state() == RoleState.FAILED) {
            return seenEvents[role];
        }
        return holder.state() == RoleState.REBUILDING ? holder.rebuilt.recordedBands() : 0;
    }
}
