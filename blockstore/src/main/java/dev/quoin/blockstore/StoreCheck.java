package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.Decoded;
import dev.quoin.blockstore.catalogue.MapChunk;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.catalogue.PoolSettings;
import dev.quoin.blockstore.catalogue.PoolState;
import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Walks what the block store keeps in the registry and says what is wrong: an extent mapped twice, mapped though fresh or outside
 * the pool, a volume without a pool, a piece of a map without a volume, a record that cannot be read.
 *
 * <p>It shares the decoders with the store but none of its logic. It changes nothing and needs no lock: on a store in use, what
 * changes between its reads may show as a problem.
 */
public final class StoreCheck {

    private final List<String> problems = new ArrayList<>();
    private final Map<String, PoolRecord> pools = new TreeMap<>();
    private final Map<String, PoolState> states = new HashMap<>();
    private final List<String> settingsOf = new ArrayList<>();
    private final Map<UUID, VolumeRecord> volumes = new HashMap<>();
    private final Map<String, BitSet> mapped = new HashMap<>();

    private StoreCheck() {}

    /** Reads the registry and checks. Blocking. */
    public static CheckReport check(Registry registry) throws DlmException {
        return check(registry.range(Names.ROOT));
    }

    /** Checks these entries of the registry; others than the block store's are ignored. */
    static CheckReport check(List<Registry.Entry> entries) {
        StoreCheck check = new StoreCheck();
        entries.forEach(check::collect);
        check.pools.keySet().forEach(name -> check.mapped.put(name, new BitSet()));
        check.checkPools();
        check.checkVolumes();
        entries.forEach(check::checkChunk);
        Map<String, CheckReport.PoolCount> counts = new HashMap<>();
        check.pools.forEach((name, pool) -> counts.put(
                name,
                new CheckReport.PoolCount(
                        pool.extentCount(),
                        check.mapped.getOrDefault(name, new BitSet()).cardinality())));
        return new CheckReport(check.problems, counts);
    }

    private void collect(Registry.Entry entry) {
        String key = entry.key();
        if (key.startsWith(Names.POOLS)) {
            PoolRecord pool = decode(entry, PoolRecord::decode);
            if (pool != null && expect(key.equals(Names.pool(pool.name())), key + " holds pool " + pool.name())) {
                pools.put(pool.name(), pool);
            }
        } else if (key.startsWith(Names.STATES)) {
            PoolState state = decode(entry, PoolState::decode);
            if (state != null) {
                states.put(key.substring(Names.STATES.length()), state);
            }
        } else if (key.startsWith(Names.SETTINGS)) {
            PoolSettings.Named settings = decode(entry, PoolSettings::decode);
            if (settings != null && expect(key.equals(Names.settings(settings.pool())), key + " holds " + settings)) {
                settingsOf.add(settings.pool());
            }
        } else if (key.startsWith(Names.VOLUMES)) {
            VolumeRecord volume = decode(entry, VolumeRecord::decode);
            if (volume != null && expect(key.equals(Names.volume(volume.name())), key + " holds " + volume)) {
                VolumeRecord twin = volumes.put(volume.id(), volume);
                expect(twin == null, volume + " has the id of " + twin);
            }
        }
    }

    private void checkPools() {
        pools.forEach((name, pool) -> {
            PoolState state = states.get(name);
            if (expect(state != null, "pool " + name + " has no state") && state != null) {
                expect(
                        state.highWater() <= pool.extentCount(),
                        "pool " + name + " has " + pool.extentCount() + " extents, high-water mark "
                                + state.highWater());
            }
        });
        settingsOf.forEach(name -> expect(pools.containsKey(name), "settings of pool " + name + " without the pool"));
        states.keySet().forEach(name -> expect(pools.containsKey(name), "state of pool " + name + " without the pool"));
    }

    private void checkVolumes() {
        for (VolumeRecord volume : volumes.values()) {
            PoolRecord pool = pools.get(volume.pool());
            if (expect(pool != null, volume + " without its pool") && pool != null) {
                expect(volume.size() % pool.blockSize() == 0, volume + " is not made of blocks of " + pool.blockSize());
            }
        }
    }

    private void checkChunk(Registry.Entry entry) {
        if (!entry.key().startsWith(Names.MAPS)) {
            return;
        }
        MapChunk chunk = decode(entry, MapChunk::decode);
        if (chunk == null
                || !expect(
                        entry.key().equals(Names.map(chunk.volume(), chunk.index())),
                        entry.key() + " holds chunk " + chunk.index() + " of volume " + chunk.volume())) {
            return;
        }
        VolumeRecord volume = volumes.get(chunk.volume());
        PoolRecord pool = volume == null ? null : pools.get(volume.pool());
        PoolState state = volume == null ? null : states.get(volume.pool());
        if (volume == null || pool == null || state == null) {
            problems.add(entry.key() + " belongs to no volume of a pool");
            return;
        }
        expect(!chunk.isEmpty(), entry.key() + " maps nothing");
        long extentCount = Math.ceilDiv(volume.size(), pool.extentSize());
        int[] entries = chunk.entries();
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] != MapChunk.UNMAPPED) {
                long index = (long) chunk.index() * pool.chunkExtents() + i;
                String what = "volume " + volume.name() + " extent " + index + " at pool extent " + (entries[i] - 1);
                expect(i < pool.chunkExtents() && index < extentCount, what + ": beyond the volume's end");
                checkExtent(pool, state, entries[i] - 1, what);
            }
        }
    }

    private void checkExtent(PoolRecord pool, PoolState state, int extent, String what) {
        expect(extent < pool.extentCount(), what + ": the pool has " + pool.extentCount());
        expect(extent < state.highWater(), what + ": fresh, the high-water mark is " + state.highWater());
        BitSet seen = mapped.getOrDefault(pool.name(), new BitSet());
        expect(!seen.get(extent), what + ": mapped twice");
        seen.set(extent);
    }

    private boolean expect(boolean holds, String otherwise) {
        if (!holds) {
            problems.add(otherwise);
        }
        return holds;
    }

    private <T> @Nullable T decode(Registry.Entry entry, Function<byte[], Decoded<T>> decoder) {
        return switch (decoder.apply(entry.value())) {
            case Decoded.Valid<T>(T value) -> value;
            case Decoded.Malformed<T>(String reason) -> {
                problems.add(entry.key() + ": " + reason);
                yield null;
            }
        };
    }
}
