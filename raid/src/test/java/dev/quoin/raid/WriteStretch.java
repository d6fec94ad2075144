package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Some random writes to an array, from one state of its members on. They can be done whole, or up to any write or flush of a member, as
 * often as wanted: they are the same each time.
 */
final class WriteStretch {

    /** How many writes it has. */
    static final int WRITES = 40;

    private static final int BLOCKS = 48;
    private static final int CHUNK = 8192;
    private static final Delay NEVER = (millis, task) -> {};

    private final long seed;
    private final Layout layout;
    private final Sabotage sabotage;
    private final List<MemoryDevice> media;
    private final BlockOracle oracle;

    private WriteStretch(long seed, Layout layout, Sabotage sabotage, List<MemoryDevice> media, BlockOracle oracle) {
        this.seed = seed;
        this.layout = layout;
        this.sabotage = sabotage;
        this.media = media;
        this.oracle = oracle;
    }

    /** That to a new array. */
    static WriteStretch toNew(Level level, int count, Sabotage sabotage) throws DeviceException {
        List<MemoryDevice> media = new ArrayList<>();
        boolean cuts = level == Level.RAID3;
        for (int role = 0; role < count; role++) {
            media.add(new MemoryDevice("member" + role, cuts ? 512 : 4096, cuts ? 2 << 20 : 1 << 20));
        }
        RaidArray.create(new ArraySpec("stretch", level, CHUNK), List.copyOf(media), NEVER, Sabotage.NONE)
                .close();
        return new WriteStretch(1, level.layout(count), sabotage, media, new BlockOracle(BLOCKS));
    }

    /**
     * What comes of it if nothing happens.
     *
     * @param changes how many writes and flushes of members there were
     * @param next what goes on behind it
     * @param wrong what is wrong without a power cut
     */
    record Whole(long changes, WriteStretch next, List<String> wrong) {}

    Whole whole() throws DeviceException {
        WriteStretch done = copy(seed + 1);
        long changes = done.live(new PowerSupply(seed), seed, Long.MAX_VALUE);
        return new Whole(changes, done, judge(done.media, done.oracle));
    }

    /** What is wrong if the power goes in the course of this write or flush of a member, with all members there and without each. */
    List<String> cutAt(long change) throws DeviceException {
        WriteStretch cut = copy(seed);
        cut.live(new PowerSupply(seed * 1_000_003 + change), seed, change);
        List<String> wrong = new ArrayList<>();
        for (int role = 0; role < media.size(); role++) {
            if (layout.survives(1 << role)) {
                List<MemoryDevice> left = Copies.of(cut.media);
                left.remove(role);
                wrong.addAll(judge(left, new BlockOracle(cut.oracle)));
            }
        }
        wrong.addAll(judge(cut.media, cut.oracle));
        wrong.addAll(ArrayChecker.check(cut.media));
        return wrong;
    }

    private WriteStretch copy(long copySeed) throws DeviceException {
        return new WriteStretch(copySeed, layout, sabotage, Copies.of(media), new BlockOracle(oracle));
    }

    private static List<String> judge(List<MemoryDevice> members, BlockOracle oracle) throws DeviceException {
        RaidArray array = RaidArray.assemble(List.copyOf(members), NEVER, Sabotage.NONE);
        List<String> wrong = oracle.settle(array);
        ScrubReport scrub = array.scrub(Progress.NONE).join();
        if (!scrub.isClean()) {
            wrong.add(scrub.toString());
        }
        array.close();
        return wrong;
    }

    private long live(PowerSupply power, long workload, long cutAfter) throws DeviceException {
        RandomGenerator random = Property.random(workload);
        ShuffledExecutor executor = new ShuffledExecutor(random);
        List<BlockDevice> members = new ArrayList<>();
        media.forEach(medium -> members.add(new FaultyDevice(medium, power, executor)));
        RaidArray array = RaidArray.assemble(members, NEVER, sabotage);
        array.core().windows.beEager();
        long before = power.changes();
        if (cutAfter < Long.MAX_VALUE) {
            power.cutAfter(cutAfter);
        }
        executor.shuffle();
        BitSet busy = new BitSet();
        for (int writes = 0; writes < WRITES && power.isOn(); ) {
            writes += send(array, random, busy) ? 1 : 0;
            executor.runSome(random.nextInt(12));
        }
        executor.runAll();
        executor.inline();
        array.settled().join();
        array.close();
        long changes = power.changes() - before;
        power.cut();
        power.restore();
        return changes;
    }

    /** Sends a request; whether it is a write. */
    private boolean send(RaidArray array, RandomGenerator random, BitSet busy) {
        int kind = random.nextInt(12);
        BlockRange range = BlockRange.random(random, BLOCKS, layout.dataChunks() * CHUNK / BlockOracle.BLOCK);
        int first = range.first();
        int end = first + range.count();
        if (kind == 0) {
            array.flush().thenRun(oracle.flush());
            return false;
        }
        if (busy.get(first, end).cardinality() > 0) {
            return false;
        }
        busy.set(first, end);
        WriteMode mode = random.nextInt(3) == 0 ? WriteMode.FUA : WriteMode.CACHED;
        BlockOracle.Write write = kind == 1 ? oracle.zeroes(first, range.count()) : oracle.write(first, range.count());
        long offset = (long) first * BlockOracle.BLOCK;
        var done = kind == 1
                ? array.writeZeroes(offset, (long) range.count() * BlockOracle.BLOCK, mode)
                : array.write(offset, write.bytes(), mode);
        done.whenComplete((nothing, failure) -> {
            if (failure == null) {
                write.completed(mode == WriteMode.FUA);
                busy.clear(first, end);
            }
        });
        return true;
    }
}
