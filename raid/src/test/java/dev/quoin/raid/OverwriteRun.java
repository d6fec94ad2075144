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
import java.util.random.RandomGenerator;

/**
 * One life of an array with the journal policy headers: most of its writes are whole stripes over what was written before, until the power
 * goes. Then a look at every block, with what that policy allows to be unreadable.
 */
final class OverwriteRun {

    private static final int BLOCKS = 96;
    private static final Delay NEVER = (millis, task) -> {};

    /** How many blocks were unreadable. */
    int unreadable;

    private final RandomGenerator random;
    private final Level level;
    private final OverwriteScenario scenario;
    private final Sabotage sabotage;
    private final ShuffledExecutor executor;
    private final int chunk;
    private final Layout layout;
    /** How many blocks a stripe has. */
    private final int stripe;

    private final BlockOracle oracle;
    private final BitSet busy = new BitSet();
    private final BitSet lost = new BitSet();
    private final List<String> wrong = new ArrayList<>();
    private final List<MemoryDevice> media = new ArrayList<>();
    private int names;

    OverwriteRun(long seed, Level level, OverwriteScenario scenario, Sabotage sabotage) {
        this.random = Property.random(seed);
        this.level = level;
        this.scenario = scenario;
        this.sabotage = sabotage;
        this.executor = new ShuffledExecutor(random);
        this.chunk = 4096 << random.nextInt(3);
        int count = 2 + random.nextInt(4);
        while (!level.allows(count)) {
            count++;
        }
        this.layout = level.layout(count);
        this.stripe = layout.dataChunks() * chunk / 4096;
        this.oracle = new BlockOracle(BLOCKS / stripe * stripe);
    }

    /** Runs it and gives what is wrong with the result; empty if nothing is. */
    List<String> run() throws Exception {
        for (int i = 0; i < layout.roles(); i++) {
            media.add(medium());
        }
        ArraySpec spec = new ArraySpec("over", level, chunk).withJournal(JournalPolicy.HEADERS);
        RaidArray made = RaidArray.create(spec, List.copyOf(media), NEVER, Sabotage.NONE);
        if (random.nextInt(4) > 0) {
            rewrite(made, 0, oracle.blocks());
        }
        made.close();
        for (int lives = 1 + random.nextInt(2); lives > 0; lives--) {
            live();
        }
        return judge();
    }

    private MemoryDevice medium() {
        return new MemoryDevice("member" + names++, 4096, 1 << 20);
    }

    private void live() throws DeviceException {
        PowerSupply power = new PowerSupply(random.nextLong());
        List<FaultyDevice> members = new ArrayList<>();
        for (MemoryDevice medium : media) {
            FaultyDevice member = new FaultyDevice(medium, power, executor);
            member.writesWhole(scenario.tears() ? 512 : 4096);
            member.readsNow(random.nextBoolean());
            members.add(member);
        }
        if (scenario.cutsTwice()) {
            power.cutAfter(1 + random.nextInt(60));
        }
        RaidArray array;
        try {
            array = RaidArray.assemble(List.copyOf(members), NEVER, sabotage);
        } catch (DeviceException cut) {
            power.restore();
            return;
        }
        settle(array);
        array.core().windows.beEager();
        busy.clear();
        if (scenario == OverwriteScenario.FAILURE) {
            FaultyDevice victim = members.get(random.nextInt(members.size()));
            Fault writes = Fault.writeError(random.nextInt(40) * 4096L, 1 << 20, 1);
            victim.inject(random.nextBoolean() ? Fault.flushError(1) : writes);
        }
        power.cutAfter(1 + random.nextInt(500));
        executor.shuffle();
        for (int requests = 10 + random.nextInt(100); requests > 0 && power.isOn(); requests--) {
            send(array);
            executor.runSome(random.nextInt(16));
        }
        if (random.nextBoolean()) {
            executor.runAll();
        }
        power.cut();
        executor.inline();
        array.settled().join();
        power.restore();
    }

    private void send(RaidArray array) {
        int kind = random.nextInt(16);
        if (kind == 0) {
            Runnable flushed = oracle.flush();
            array.flush().thenRun(flushed);
            return;
        }
        boolean whole = kind > 4;
        int unit = whole ? stripe : 1;
        int first = random.nextInt(oracle.blocks() / unit) * unit;
        int count = Math.min((1 + random.nextInt(3)) * unit, oracle.blocks() - first);
        if (busy.get(first, first + count).cardinality() > 0) {
            return;
        }
        busy.set(first, first + count);
        WriteMode mode = random.nextInt(3) == 0 ? WriteMode.FUA : WriteMode.CACHED;
        boolean clears = kind == 1;
        BlockOracle.Write write = clears ? oracle.zeroes(first, count) : oracle.write(first, count);
        CompletableFuture<Void> done = clears
                ? array.writeZeroes(first * 4096L, count * 4096L, mode)
                : array.write(first * 4096L, write.bytes(), mode);
        done.whenComplete((nothing, failure) -> {
            if (failure == null) {
                write.completed(mode == WriteMode.FUA);
                busy.clear(first, first + count);
            }
        });
    }

    private void settle(RaidArray array) {
        BitSet mayBeLost = (BitSet) lost.clone();
        for (int block = 0; scenario.loses(level) && block < oracle.blocks(); block++) {
            for (int other = 0; other < oracle.blocks(); other++) {
                if (oracle.isUnderWay(other) && codeword(other) == codeword(block)) {
                    mayBeLost.set(block);
                }
            }
        }
        wrong.addAll(oracle.settle(array, mayBeLost, lost));
    }

    /** A number that is the same for blocks of one codeword. */
    private int codeword(int block) {
        int inChunk = chunk / 4096;
        return layout.redundancy().parities() == 0 ? block : block / stripe * inChunk + block % inChunk;
    }

    private List<String> judge() throws Exception {
        int gone = scenario.losesMembers() ? 1 << random.nextInt(media.size()) : 0;
        for (int more = random.nextInt(media.size()); gone != 0 && more > 0; more--) {
            int with = gone | 1 << random.nextInt(media.size());
            gone = layout.survives(with) ? with : gone;
        }
        List<BlockDevice> members = new ArrayList<>();
        for (int role = 0; role < media.size(); role++) {
            if ((gone & 1 << role) == 0) {
                members.add(media.get(role));
            }
        }
        Collections.shuffle(members, new Random(random.nextLong()));
        RaidArray array = RaidArray.assemble(members, NEVER, sabotage);
        settle(array);
        unreadable = lost.cardinality();
        mend(array);
        // What was lost is not there again, at least not as something else.
        settle(array);
        if (random.nextBoolean()) {
            array.scrub(Progress.NONE).join();
            settle(array);
        }
        for (int first = 0; first < oracle.blocks(); first += stripe) {
            if (lost.get(first, first + stripe).cardinality() > 0) {
                rewrite(array, first, stripe);
            }
        }
        lost.clear();
        // Parities that nobody could trust are made anew by the first.
        array.scrub(Progress.NONE).join();
        ScrubReport scrub = array.scrub(Progress.NONE).join();
        if (!scrub.isClean()) {
            wrong.add(scrub.toString());
        }
        settle(array);
        array.close();
        wrong.addAll(ArrayChecker.check(media));
        return wrong;
    }

    private void rewrite(RaidArray array, int first, int count) {
        BlockOracle.Write write = oracle.write(first, count);
        array.write(first * 4096L, write.bytes(), WriteMode.FUA).join();
        write.completed(true);
    }

    private void mend(RaidArray array) throws DeviceException {
        array.settled().join();
        for (ArrayStatus.MemberStatus member : array.status().members()) {
            if (member.state() == RoleState.FAILED) {
                media.set(member.role(), medium());
                array.replace(member.role(), media.get(member.role()));
            }
        }
        if (array.status().health() != ArrayStatus.Health.OPTIMAL) {
            array.rebuild(Progress.NONE).join();
        }
    }
}
