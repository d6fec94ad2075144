package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One life of an array on faulty members: writes in random order of events until the power goes, in the middle of some member's
 * request; then a start, perhaps cut short by another cut, perhaps without one member; then a look at every block.
 */
final class CrashRun {

    private static final int BLOCKS = 96;
    private static final int ADDED = 24;
    private static final Delay NEVER = (millis, task) -> {};

    /** How often the power is cut. */
    final int cuts;

    private final RandomGenerator random;
    private final Level level;
    private final CrashScenario scenario;
    private final Sabotage sabotage;
    private final ShuffledExecutor executor;
    private final BlockOracle oracle = new BlockOracle(BLOCKS);
    private final BitSet busy = new BitSet();
    private final BitSet busyAdded = new BitSet();
    private final List<String> wrong = new ArrayList<>();
    private final List<MemoryDevice> media = new ArrayList<>();
    /** Devices without a role of their own: spares, those that are to replace a member, and those that were replaced. */
    private final List<MemoryDevice> others = new ArrayList<>();

    private final int chunk;
    private final Layout layout;
    private int lost;
    private int replaced = -1;
    /** The roles whose devices may lack something; started alone, they could not know. */
    private int behind;

    private boolean lied;
    private boolean mayHaveFailed;
    /** Whether small writes too are put in place where nothing is; then more is cleared. */
    private boolean places;

    private int names;
    private long memberSize;
    private BlockOracle added = new BlockOracle(0, 0);
    private long sizeBefore;
    private volatile long promisedSize;
    private volatile int promisedLegs;

    CrashRun(long seed, Level level, CrashScenario scenario, Sabotage sabotage) {
        this.random = Property.random(seed);
        this.level = level;
        this.scenario = scenario;
        this.sabotage = sabotage;
        this.executor = new ShuffledExecutor(random);
        this.cuts = 1 + random.nextInt(2);
        this.chunk = 4096 << random.nextInt(3);
        this.layout = level.layout(members());
        this.memberSize = level == Level.RAID3 ? 2 << 20 : 1 << 20;
    }

    private int members() {
        int count = 2 + random.nextInt(4);
        while (!level.allows(count)) {
            count++;
        }
        return count;
    }

    /** Runs it and gives what is wrong with the result; empty if nothing is. */
    List<String> run() throws Exception {
        for (int i = 0; i < layout.roles(); i++) {
            media.add(medium());
        }
        ArraySpec spec = new ArraySpec("crash", level, chunk);
        RaidArray made = RaidArray.create(spec, List.copyOf(media), NEVER, Sabotage.NONE);
        if (scenario == CrashScenario.SPARE) {
            others.add(medium());
            made.add(others.getFirst());
        }
        made.close();
        for (int life = 0; life < cuts; life++) {
            live();
        }
        return judge();
    }

    /** Some members that the level can do without together, one at least. */
    private int loss() {
        int gone = 1 << random.nextInt(media.size());
        for (int more = random.nextInt(media.size()); more > 0; more--) {
            int with = gone | 1 << random.nextInt(media.size());
            gone = layout.survives(with) ? with : gone;
        }
        return gone;
    }

    private MemoryDevice medium() {
        return new MemoryDevice("member" + names++, level == Level.RAID3 ? 512 : 4096, memberSize);
    }

    private void live() throws Exception {
        PowerSupply power = new PowerSupply(random.nextLong());
        List<FaultyDevice> members = new ArrayList<>();
        for (int role = 0; role < media.size(); role++) {
            if ((lost & 1 << role) == 0) {
                members.add(new FaultyDevice(media.get(role), power, executor));
            }
        }
        others.forEach(medium -> members.add(new FaultyDevice(medium, power, executor)));
        members.forEach(member -> member.readsNow(random.nextBoolean()));
        RaidArray array;
        int missing = scenario == CrashScenario.RETURN && random.nextBoolean() ? loss() : 0;
        int away = layout.survives(missing | behind) ? missing : 0;
        boolean again = scenario == CrashScenario.RESHAPE && media.size() > layout.roles() && random.nextInt(3) == 0;
        if (scenario == CrashScenario.TWO_CUTS || again) {
            power.cutAfter(1 + random.nextInt(120));
        }
        try {
            array = RaidArray.assemble(there(members, away), NEVER, sabotage);
        } catch (DeviceException cut) {
            power.restore();
            return;
        }
        // Reads count as no change, so a second cut cannot come here.
        settle(array);
        places = !again && random.nextBoolean();
        if (places) {
            openWindow(array);
        }
        behind = array.core().notInSync();
        // A leg that the array did not get to know.
        media.subList(array.status().members().size(), media.size()).clear();
        busy.clear();
        busyAdded.clear();
        if (scenario == CrashScenario.DEGRADED && lost == 0) {
            lost = loss();
            fail(array, lost);
        }
        CompletableFuture<?> rebuild = CompletableFuture.completedFuture(null);
        if (scenario == CrashScenario.REBUILD && array.status().health() == ArrayStatus.Health.OPTIMAL) {
            int gone = loss();
            fail(array, gone);
            for (int left = gone; left != 0; left &= left - 1) {
                media.set(Integer.numberOfTrailingZeros(left), medium());
            }
            writeUntilCut(array, power, 1 + random.nextInt(60), Long.MAX_VALUE);
            for (int left = gone; left != 0; left &= left - 1) {
                int role = Integer.numberOfTrailingZeros(left);
                array.replace(role, new FaultyDevice(media.get(role), power, executor));
            }
            power.cutAfter(1 + random.nextInt(600));
            rebuild = array.rebuild(Progress.NONE);
        }
        switch (scenario) {
            case SPARE -> {
                power.cutAfter(1 + random.nextInt(800));
                FaultyDevice victim = members.get(random.nextInt(media.size()));
                victim.inject(Fault.writeError(0, 1 << 20, 1));
            }
            case REPLACE -> rebuild = replaceOne(array, power);
            case RETURN -> comeBack(array, power, members, away);
            default -> {
                // Nobody comes or goes.
            }
        }
        if (scenario == CrashScenario.GROW) {
            memberSize += random.nextBoolean() ? 1 << 20 : 6 << 20;
            media.forEach(medium -> medium.grow(memberSize));
            added = new BlockOracle(array.geometry().size(), ADDED);
            sizeBefore = array.geometry().size();
            power.cutAfter(1 + random.nextInt(120));
            rebuild = array.grow(Progress.NONE).thenAccept(report -> promisedSize = report.sizeBytes());
        }
        if (scenario == CrashScenario.LEG) {
            // Known to the next start whether or not the array got to know it.
            media.add(medium());
            BlockDevice leg = new FaultyDevice(media.getLast(), power, executor);
            power.cutAfter(1 + random.nextInt(400));
            rebuild = CompletableFuture.runAsync(() -> addLeg(array, leg), Thread.ofVirtual()::start);
        }
        if (scenario == CrashScenario.RESHAPE) {
            sizeBefore = array.geometry().size();
            added = new BlockOracle(sizeBefore, ADDED);
            boolean begins = array.status().activity() != ArrayStatus.Activity.RESHAPING;
            begins &= array.status().health() == ArrayStatus.Health.OPTIMAL;
            if (begins) {
                media.add(medium());
            }
            BlockDevice more = begins ? new FaultyDevice(media.getLast(), power, executor) : null;
            power.cutAfter(1 + random.nextInt(random.nextBoolean() ? 150 : 2000));
            rebuild = CompletableFuture.runAsync(() -> reshape(array, more), Thread.ofVirtual()::start);
            if (!mayHaveFailed && random.nextInt(3) == 0) {
                mayHaveFailed = true;
                members.get(random.nextInt(members.size()))
                        .inject(Fault.writeError(random.nextInt(200) * 4096L, 1 << 20, 1));
            }
        }
        int failAt = scenario == CrashScenario.FAILURE ? random.nextInt(200) : -1;
        if (failAt >= 0) {
            FaultyDevice victim = members.get(random.nextInt(members.size()));
            victim.inject(
                    random.nextBoolean()
                            ? Fault.flushError(1)
                            : Fault.writeError(random.nextInt(40) * 4096L, 1 << 20, 1));
        }
        if (scenario == CrashScenario.LIE && !lied) {
            lied = true;
            members.get(random.nextInt(members.size())).inject(Lie.of(random));
        }
        writeUntilCut(array, power, 10 + random.nextInt(150), 1 + random.nextInt(700));
        rebuild.handle((done, failure) -> done).join();
        array.settled().join();
        power.cut();
        executor.inline();
        power.restore();
    }

    private void openWindow(RaidArray array) {
        BlockOracle.Write first = oracle.write(0, 1);
        try {
            OpenWindow.over(array, first.bytes());
            first.completed(true);
        } catch (DeviceException cut) {
            // What follows fails as well.
        }
    }

    private List<BlockDevice> there(List<FaultyDevice> members, int away) {
        return IntStream.range(0, members.size())
                .filter(i -> i >= media.size() || (away & 1 << i) == 0)
                .<BlockDevice>mapToObj(members::get)
                .toList();
    }

    /** Once in the life of the devices: which of them has the role after that is not known to the test. */
    private CompletableFuture<?> replaceOne(RaidArray array, PowerSupply power) throws DeviceException {
        if (replaced >= 0) {
            return CompletableFuture.completedFuture(null);
        }
        replaced = random.nextInt(media.size());
        others.add(medium());
        array.replace(replaced, new FaultyDevice(others.getLast(), power, executor));
        power.cutAfter(1 + random.nextInt(600));
        return array.rebuild(Progress.NONE);
    }

    private void comeBack(RaidArray array, PowerSupply power, List<FaultyDevice> members, int missing)
            throws DeviceException {
        int away = missing;
        if (array.status().health() == ArrayStatus.Health.OPTIMAL) {
            away = loss();
            fail(array, away);
        }
        behind |= away;
        writeUntilCut(array, power, 1 + random.nextInt(60), Long.MAX_VALUE);
        if (random.nextBoolean()) {
            array.core().journal.drain().join();
            array.core().journal.checkpoint().join();
            writeUntilCut(array, power, 1 + random.nextInt(10), Long.MAX_VALUE);
        }
        power.cutAfter(1 + random.nextInt(400));
        for (ArrayStatus.MemberStatus member : array.status().members()) {
            try {
                if (member.state() == RoleState.FAILED) {
                    array.add(members.get(member.role()));
                }
            } catch (DeviceException cut) {
                return;
            }
        }
    }

    private static void fail(RaidArray array, int roles) throws DeviceException {
        for (int left = roles; left != 0; left &= left - 1) {
            array.fail(Integer.numberOfTrailingZeros(left));
        }
    }

    /** Sends requests until so many were sent, or the array is dead; cuts the power in the course of a member's request. */
    private void writeUntilCut(RaidArray array, PowerSupply power, int requests, long cutAfter) {
        if (!scenario.hasThread()) {
            if (cutAfter < Long.MAX_VALUE) {
                power.cutAfter(cutAfter);
            }
            executor.shuffle();
        }
        for (int i = 0; i < requests && power.isOn(); i++) {
            send(array);
            executor.runSome(random.nextInt(12));
        }
        if (random.nextBoolean()) {
            executor.runAll();
        }
        if (scenario.hasThread()) {
            return;
        }
        power.cut();
        executor.inline();
    }

    private void addLeg(RaidArray array, BlockDevice leg) {
        try {
            array.addLeg(leg);
            promisedLegs = array.status().members().size();
            array.rebuild(Progress.NONE).join();
        } catch (DeviceException | CompletionException cut) {
            // The power went.
        }
    }

    private void reshape(RaidArray array, @Nullable BlockDevice more) {
        try {
            if (more != null) {
                array.addMember(more);
                promisedLegs = array.status().members().size();
            }
            if (array.status().activity() == ArrayStatus.Activity.RESHAPING) {
                promisedSize = array.reshape(Progress.NONE).join().sizeBytes();
            }
        } catch (DeviceException | CompletionException cut) {
            // The power went.
        }
    }

    private void settle(RaidArray array) {
        if (array.status().members().size() < promisedLegs) {
            wrong.add(array.status().members().size() + " legs, " + promisedLegs + " were reported");
        }
        wrong.addAll(oracle.settle(array));
        if (array.geometry().size() < promisedSize) {
            wrong.add("size " + array.geometry().size() + ", " + promisedSize + " was reported");
        }
        if (sizeBefore > 0 && array.geometry().size() > sizeBefore) {
            wrong.addAll(added.settle(array));
        }
    }

    private void send(RaidArray array) {
        if (sizeBefore > 0 && array.geometry().size() > sizeBefore && random.nextInt(4) == 0) {
            int block = random.nextInt(ADDED);
            if (busyAdded.get(block)) {
                return;
            }
            busyAdded.set(block);
            BlockOracle.Write write = added.write(block, 1);
            array.write(sizeBefore + block * 4096L, write.bytes(), WriteMode.FUA)
                    .whenComplete((nothing, failure) -> {
                        if (failure == null) {
                            write.completed(true);
                            busyAdded.clear(block);
                        }
                    });
            return;
        }
        int stripe = layout.dataChunks() * chunk / 4096;
        BlockRange range = BlockRange.random(random, BLOCKS, places && stripe <= BLOCKS / 2 ? stripe : 0);
        int first = range.first();
        int count = range.count();
        int kind = random.nextInt(places ? 8 : 12);
        if (places && kind == 2) {
            // What was cleared is free again when that is in place.
            array.core().journal.drain();
            return;
        }
        if (kind == 0) {
            Runnable flushed;
            synchronized (oracle) {
                flushed = oracle.flush();
            }
            array.flush().thenRun(() -> {
                synchronized (oracle) {
                    flushed.run();
                }
            });
            return;
        }
        synchronized (oracle) {
            if (busy.get(first, first + count).cardinality() > 0) {
                return;
            }
            busy.set(first, first + count);
        }
        WriteMode mode = random.nextInt(places ? 9 : 3) == 0 ? WriteMode.FUA : WriteMode.CACHED;
        boolean clears = kind == 1 || (places && kind == 3);
        BlockOracle.Write write = clears ? oracle.zeroes(first, count) : oracle.write(first, count);
        CompletableFuture<Void> done = clears
                ? array.writeZeroes(first * 4096L, count * 4096L, mode)
                : array.write(first * 4096L, write.bytes(), mode);
        done.whenComplete((nothing, failure) -> {
            if (failure == null) {
                synchronized (oracle) {
                    write.completed(mode == WriteMode.FUA);
                    busy.clear(first, first + count);
                }
            }
        });
    }

    private List<String> judge() throws Exception {
        List<BlockDevice> members = new ArrayList<>();
        boolean mayLose = scenario == CrashScenario.TWO_CUTS || scenario == CrashScenario.GROW;
        boolean loses = mayLose && random.nextBoolean();
        boolean losesOthers = scenario == CrashScenario.REPLACE && level != Level.RAID0 && random.nextInt(4) > 0;
        if (scenario == CrashScenario.CUT_AND_LOSS || losesOthers || (loses && level != Level.RAID0)) {
            lost = loss();
        }
        if ((lost & 1 << replaced) == 0 || replaced < 0) {
            members.addAll(others);
        }
        if (scenario == CrashScenario.RESHAPE && !mayHaveFailed && random.nextBoolean()) {
            lost = 1 << random.nextInt(media.size());
        }
        if (scenario == CrashScenario.LEG) {
            // Any of the old ones, or a leg; as long as one of the old ones is left.
            lost = random.nextInt(1 << media.size());
            lost &= ~(1 << random.nextInt(layout.roles()));
        }
        for (int role = 0; role < media.size(); role++) {
            if ((lost & 1 << role) == 0) {
                members.add(media.get(role));
            }
        }
        Collections.shuffle(members, new Random(random.nextLong()));
        RaidArray array = RaidArray.assemble(members, NEVER, Sabotage.NONE);
        settle(array);
        if (array.status().activity() == ArrayStatus.Activity.RESHAPING) {
            promisedSize = array.reshape(Progress.NONE).join().sizeBytes();
            settle(array);
        }
        mend(array);
        if (lied) {
            // What the lie left behind is found and repaired by the first scrub.
            array.scrub(Progress.NONE).join();
        }
        ScrubReport scrub = array.scrub(Progress.NONE).join();
        if (!scrub.isClean()) {
            wrong.add(scrub.toString());
        }
        settle(array);
        List<MemoryDevice> now = array.status().members().stream()
                .map(member -> byName(member.device()))
                .toList();
        array.close();
        wrong.addAll(ArrayChecker.check(now, !lied));
        return wrong;
    }

    private MemoryDevice byName(String name) {
        return Stream.concat(media.stream(), others.stream())
                .filter(medium -> medium.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void mend(RaidArray array) throws Exception {
        array.settled().join();
        for (ArrayStatus.MemberStatus member : array.status().members()) {
            if (member.state() == RoleState.FAILED) {
                if (scenario == CrashScenario.RETURN && random.nextBoolean()) {
                    array.add(media.get(member.role()));
                    array.settled().join();
                    continue;
                }
                MemoryDevice blank = medium();
                media.set(member.role(), blank);
                array.replace(member.role(), blank);
            }
        }
        if (array.status().health() != ArrayStatus.Health.OPTIMAL) {
            array.rebuild(Progress.NONE).join();
        }
    }
}
