package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parts of a running array share: who the members are, where blocks lie, and whether the array is alive.
 *
 * <p>It has no thread and no lock of its own; each part says what guards its state.
 */
final class ArrayCore {

    private static final Logger LOG = LoggerFactory.getLogger(RaidArray.class);
    private static final AtomicReferenceFieldUpdater<ArrayCore, @Nullable DeviceException> DEAD =
            AtomicReferenceFieldUpdater.newUpdater(ArrayCore.class, DeviceException.class, "dead");

    final UUID uuid;
    final String name;
    final Addressing map;
    final long bandCount;
    final boolean verifiesReads;
    final JournalPolicy policy;
    final BlockChecksum checksum;
    /** How far the layout has been changed; null if it is not being changed. */
    final @Nullable Frontier frontier;

    final AtomicReferenceArray<@Nullable Member> members;
    /** By role the device that is being filled from a member that works, to take its place. No member in any sense yet. */
    final AtomicReferenceArray<@Nullable Member> copies;

    final BandTable bands;
    final Counts counts;
    final Throttle throttle;
    final Delay delay;
    final Sabotage sabotage;
    final MemberIo io;
    final Membership membership;
    final Admission admission;
    final Journal journal;
    final PlacingWindows windows;
    final BufferParities parities;
    final Intent intent;

    private final List<ArrayListener> listeners;
    private volatile @Nullable DeviceException dead;
    private volatile boolean closing;
    /** How many requests wait for space on a member. */
    private final AtomicInteger awaitingSpace = new AtomicInteger();

    /**
     * An array that is ready to run.
     *
     * @param superblock the newest one
     * @param members by role; null where one is missing
     * @param bitmap the intent that the members remember
     * @param journalEvents the events that a member must know to be current
     * @param spares the devices that wait for a member to fail
     */
    ArrayCore(
            Superblock superblock,
            List<@Nullable Member> members,
            IntentBitmap bitmap,
            long journalEvents,
            List<Spare> spares,
            Delay delay,
            Sabotage sabotage) {
        this(
                superblock,
                members,
                bitmap,
                journalEvents,
                spares,
                delay,
                sabotage,
                new Counts(),
                new Throttle(),
                new CopyOnWriteArrayList<>());
    }

    /** What comes in the place of another core of the same array, which does nothing any more. */
    ArrayCore(ArrayCore before, Superblock superblock, List<@Nullable Member> members, IntentBitmap bitmap) {
        this(
                superblock,
                members,
                bitmap,
                before.membership.recordedEvents(),
                before.membership.spares(),
                before.delay,
                before.sabotage,
                before.counts,
                before.throttle,
                before.listeners);
    }

    private ArrayCore(
            Superblock superblock,
            List<@Nullable Member> members,
            IntentBitmap bitmap,
            long journalEvents,
            List<Spare> spares,
            Delay delay,
            Sabotage sabotage,
            Counts counts,
            Throttle throttle,
            List<ArrayListener> listeners) {
        this.counts = counts;
        this.throttle = throttle;
        this.listeners = listeners;
        this.uuid = superblock.array();
        this.name = superblock.name();
        this.map = superblock.map();
        this.bandCount = map.bands(superblock.regions().dataLength());
        this.verifiesReads = superblock.verifiesReads();
        this.policy = superblock.journal();
        Superblock.Reshape reshape = superblock.reshape();
        this.frontier = reshape == null ? null : new Frontier(reshape.moved());
        this.checksum = new BlockChecksum(uuid, map.cell());
        this.members = new AtomicReferenceArray<>(members.size());
        this.copies = new AtomicReferenceArray<>(members.size());
        for (int role = 0; role < members.size(); role++) {
            this.members.set(role, members.get(role));
        }
        this.bands = new BandTable(map.columns(), map.rows());
        this.delay = delay;
        this.sabotage = sabotage;
        this.io = new MemberIo(this);
        this.membership = new Membership(this, superblock, journalEvents, spares);
        this.admission = new Admission(this);
        this.windows = new PlacingWindows(this);
        this.parities = new BufferParities(map);
        this.intent = new Intent(this, bitmap);
        // The first change of the superblocks, which is made before anything is written, begins the generation.
        this.journal = new Journal(this, superblock.events() + 1);
    }

    /**
     * Makes the superblocks say what this core is, and begins the journals of its generation. Blocking.
     *
     * @throws DeviceException if that leaves too few members
     */
    void begin() throws DeviceException {
        // First who is absent, then new journals: nothing is written under them before all know.
        membership.change(() -> membership.clean(false)).join();
        long generation = journal.generation();
        Intent.Page page = intent.page();
        for (Member member : activeMembers()) {
            io.write(member, page.offset(), page.bytes(), WriteMode.CACHED).join();
            Checkpoint.writeHead(this, member, generation, 0, 0).join();
        }
        DeviceException why = dead;
        if (why != null) {
            throw why;
        }
    }

    String deviceName() {
        return "array " + name;
    }

    /** The size of the array in bytes. */
    long size() {
        return bandCount * map.rows() * map.offered().layout().dataChunks() * map.cell();
    }

    /** Where the longest run of blocks lies that begins at a logical block and has no more than {@code blocks} blocks. */
    Addressing.Extent extent(long logicalBlock, long blocks) {
        return frontier == null
                ? map.extent(logicalBlock, blocks)
                : map.extent(logicalBlock, blocks, frontier.position());
    }

    /** Whether a row of a data chunk has got another place since it was said to be in this band. */
    boolean hasMoved(long band, int index, int row) {
        return frontier != null
                && band < Addressing.MOVED
                && map.extent(map.block(band, index, row), 1).band() < frontier.position();
    }

    /** Whether every role has a current member, none is being copied, and the layout stays as it is. */
    boolean placesNew() {
        return frontier == null && isOptimal() && copying() == null;
    }

    int roles() {
        return members.length();
    }

    /** The member in a role if it holds current data in the band. */
    @Nullable Member present(int role, long band) {
        Member member = members.get(role);
        if (member == null) {
            return null;
        }
        return switch (member.state()) {
            case IN_SYNC -> member;
            case REBUILDING -> member.rebuilt.contains(band) ? member : null;
            case FAILED -> null;
        };
    }

    /** The member in a role, where there is one for certain. */
    Member member(int role) {
        return Objects.requireNonNull(members.get(role));
    }

    /** The members that are sent requests. */
    List<Member> activeMembers() {
        List<Member> active = new ArrayList<>();
        for (int role = 0; role < members.length(); role++) {
            Member member = members.get(role);
            if (member != null && member.isActive()) {
                active.add(member);
            }
        }
        return active;
    }

    /** What is put in place in a role: its member, if it is sent requests, and what is to replace that. */
    List<Member> targets(int role) {
        List<Member> targets = new ArrayList<>(2);
        Member member = members.get(role);
        if (member != null && member.isActive()) {
            targets.add(member);
        }
        Member copy = copies.get(role);
        if (copy != null && copy.isActive()) {
            targets.add(copy);
        }
        return targets;
    }

    /** The roles without a member that is in sync, as bits. */
    int notInSync() {
        int roles = 0;
        for (int role = 0; role < members.length(); role++) {
            Member member = members.get(role);
            roles |= member == null || member.state() != RoleState.IN_SYNC ? 1 << role : 0;
        }
        return roles;
    }

    boolean isOptimal() {
        return notInSync() == 0;
    }

    /** Why the array answers no more; null while it does. */
    @Nullable DeviceException dead() {
        return dead;
    }

    void die(DeviceException why) {
        if (DEAD.compareAndSet(this, null, why)) {
            publish(ArrayEvent.Type.ARRAY_FAILED, -1, String.valueOf(why.getMessage()));
            journal.pump();
            admission.drain();
            throttle.wake();
        }
    }

    void closing() {
        closing = true;
        throttle.wake();
    }

    boolean isClosing() {
        return closing;
    }

    /** Refuses a request if the array cannot serve it. */
    void checkUsable(boolean write) throws DeviceException {
        DeviceException why = dead;
        if (why != null) {
            throw why;
        }
        if (closing) {
            throw new DeviceException(Code.GONE, deviceName(), "the array was closed");
        }
        if (write && awaitingSpace.get() > 0) {
            throw new DeviceException(
                    Code.NO_SPACE,
                    deviceName(),
                    "the devices below have no space for data that the journal holds: make space there");
        }
    }

    /** Completes when everything that was acknowledged before is durable; goes on with the core that comes after this one. */
    CompletableFuture<Void> flush() {
        try {
            if (!admission.begin(false)) {
                return admission.successor().thenCompose(ArrayCore::flush);
            }
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        var done = new CompletableFuture<Void>();
        journal.flush(failure -> {
            admission.end();
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
        return done;
    }

    /** A request begins to wait for space. */
    void spaceMissing(Member member) {
        if (awaitingSpace.getAndIncrement() == 0) {
            publish(ArrayEvent.Type.NO_SPACE, member.role, member.device.name() + " has no space");
        }
    }

    /** A request that waited has ended, done or not. What others do, who need no space, tells nothing. */
    void spaceFound(Member member, boolean done) {
        if (awaitingSpace.decrementAndGet() == 0) {
            String why = done ? " has space again" : " is not waited for any more";
            publish(ArrayEvent.Type.SPACE_FOUND, member.role, member.device.name() + why);
        }
    }

    void addListener(ArrayListener listener) {
        listeners.add(listener);
    }

    void publish(ArrayEvent.Type type, int role, String detail) {
        switch (type) {
            case FAIL, FAIL_SPARE, SPARES_MISSING, DEGRADED_ARRAY, REBUILD_STOPPED, RESHAPE_STOPPED, NO_SPACE ->
                LOG.warn("{}: {}; array={} role={}", type, detail, name, role);
            case ARRAY_FAILED -> LOG.error("{}: {}; array={}", type, detail, name);
            case SPARE_ADDED,
                    MOVE_SPARE,
                    REMOVED,
                    RE_ADDED,
                    REPLACED,
                    REBUILD_STARTED,
                    REBUILD_20,
                    REBUILD_40,
                    REBUILD_60,
                    REBUILD_80,
                    REBUILD_FINISHED,
                    SPARE_ACTIVE,
                    SCRUB_STARTED,
                    SCRUB_FINISHED,
                    SCRUB_STOPPED,
                    GROWN,
                    RESHAPE_STARTED,
                    RESHAPE_FINISHED,
                    SPACE_FOUND -> LOG.info("{}: {}; array={} role={}", type, detail, name, role);
        }
        ArrayEvent event = new ArrayEvent(type, name, role, detail);
        listeners.forEach(listener -> listener.onEvent(event));
    }

    /** The first member that is to be rebuilt; if there is none, the first device that is to be filled to replace one. */
    @Nullable Member rebuilding() {
        for (int role = 0; role < roles(); role++) {
            Member member = members.get(role);
            if (member != null && member.state() == RoleState.REBUILDING) {
                return member;
            }
        }
        return copying();
    }

    private @Nullable Member copying() {
        for (int role = 0; role < roles(); role++) {
            Member copy = copies.get(role);
            if (copy != null) {
                return copy;
            }
        }
        return null;
    }

    /** What is being filled to replace a member is known to this core alone, and would be forgotten with it. */
    void requireNoCopy() throws DeviceException {
        Member copy = copying();
        if (copy != null) {
            throw new DeviceException(
                    Code.BUSY,
                    deviceName(),
                    copy.device.name() + " is being filled to replace role " + copy.role
                            + ": let the rebuild come to its end first");
        }
    }

    /** Ends background work if the array is dead or being closed; {@code then} says what becomes of the work. */
    void requireOpen(String then) throws DeviceException {
        DeviceException why = dead();
        if (why != null) {
            throw why;
        }
        if (isClosing()) {
            throw new DeviceException(Code.GONE, deviceName(), "the array was closed; " + then);
        }
    }

    /** Refuses what cannot be done while the layout is being changed. */
    void requireNoReshape() throws DeviceException {
        if (frontier != null) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    deviceName(),
                    "a reshape is under way, none expected: let it come to its end first");
        }
    }
}
