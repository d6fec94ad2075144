package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
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
    final BlockChecksum checksum;
    final AtomicReferenceArray<@Nullable Member> members;
    final BandTable bands;
    final Counts counts = new Counts();
    final Throttle throttle = new Throttle();
    final Delay delay;
    final Sabotage sabotage;
    final MemberIo io;
    final Membership membership;
    final Admission admission;
    final Journal journal;

    private final List<ArrayListener> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable DeviceException dead;
    private volatile boolean closing;
    private volatile boolean spaceMissing;

    /**
     * An array that is ready to run.
     *
     * @param superblock the newest one
     * @param members by role; null where one is missing
     * @param bitmap the intent that the members remember
     */
    ArrayCore(
            Superblock superblock,
            List<@Nullable Member> members,
            IntentBitmap bitmap,
            Delay delay,
            Sabotage sabotage) {
        this.uuid = superblock.array();
        this.name = superblock.name();
        this.map = superblock.map();
        this.bandCount = map.bands(superblock.regions().dataLength());
        this.verifiesReads = superblock.verifiesReads();
        this.checksum = new BlockChecksum(uuid, map.cell());
        this.members = new AtomicReferenceArray<>(members.size());
        for (int role = 0; role < members.size(); role++) {
            this.members.set(role, members.get(role));
        }
        this.bands = new BandTable(map.columns(), map.rows());
        this.delay = delay;
        this.sabotage = sabotage;
        this.io = new MemberIo(this);
        this.membership = new Membership(this, superblock);
        this.admission = new Admission(this);
        // The first change of the superblocks, which is made before anything is written, begins the generation.
        this.journal = new Journal(this, bitmap, superblock.events() + 1);
    }

    String deviceName() {
        return "array " + name;
    }

    /** The size of the array in bytes. */
    long size() {
        return bandCount * map.rows() * map.layout().dataChunks() * map.cell();
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
        if (write && spaceMissing) {
            throw new DeviceException(
                    Code.NO_SPACE,
                    deviceName(),
                    "the devices below have no space for data that the journal holds: make space there");
        }
    }

    void spaceMissing(Member member) {
        if (!spaceMissing) {
            spaceMissing = true;
            publish(ArrayEvent.Type.NO_SPACE, member.role, member.device.name() + " has no space");
        }
    }

    void spaceFound(Member member) {
        if (spaceMissing) {
            spaceMissing = false;
            publish(ArrayEvent.Type.SPACE_FOUND, member.role, member.device.name() + " has space again");
        }
    }

    void addListener(ArrayListener listener) {
        listeners.add(listener);
    }

    void publish(ArrayEvent.Type type, int role, String detail) {
        switch (type) {
            case FAIL, DEGRADED_ARRAY, REBUILD_STOPPED, NO_SPACE ->
                LOG.warn("{}: {}; array={} role={}", type, detail, name, role);
            case ARRAY_FAILED -> LOG.error("{}: {}; array={}", type, detail, name);
            case REPLACED,
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
                    SPACE_FOUND -> LOG.info("{}: {}; array={} role={}", type, detail, name, role);
        }
        ArrayEvent event = new ArrayEvent(type, name, role, detail);
        listeners.forEach(listener -> listener.onEvent(event));
    }
}
