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
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads the block store's records from the registry. Blocking; each read is linearizable, several together are not. */
final class CatalogueReader {

    private final Registry registry;

    CatalogueReader(Registry registry) {
        this.registry = registry;
    }

    /**
     * A record and when it was written.
     *
     * @param revision of the registry
     */
    record Found<T>(T value, long revision) {}

    List<PoolRecord> pools() throws BlockStoreException {
        List<PoolRecord> pools = new ArrayList<>();
        for (Registry.Entry entry : range(Names.POOLS)) {
            pools.add(decode(entry, PoolRecord::decode));
        }
        return pools;
    }

    Optional<PoolRecord> pool(String name) throws BlockStoreException {
        Optional<Registry.Entry> entry = get(Names.pool(name));
        return entry.isEmpty() ? Optional.empty() : Optional.of(decode(entry.get(), PoolRecord::decode));
    }

    /** The state of a pool that exists. */
    Found<PoolState> state(String pool) throws BlockStoreException {
        Registry.Entry entry = get(Names.state(pool))
                .orElseThrow(() -> new BlockStoreException(
                        BlockStoreException.Code.DAMAGED,
                        "registry key " + Names.state(pool) + " is missing though pool " + pool + " exists"));
        return new Found<>(decode(entry, PoolState::decode), entry.revision());
    }

    /** What an operator has set of a pool. */
    PoolSettings settings(String pool) throws BlockStoreException {
        Optional<Registry.Entry> entry = get(Names.settings(pool));
        return entry.isEmpty()
                ? PoolSettings.DEFAULT
                : decode(entry.get(), PoolSettings::decode).settings();
    }

    /** The volumes of all pools. */
    List<VolumeRecord> volumes() throws BlockStoreException {
        List<VolumeRecord> volumes = new ArrayList<>();
        for (Registry.Entry entry : range(Names.VOLUMES)) {
            volumes.add(decode(entry, VolumeRecord::decode));
        }
        return volumes;
    }

    Optional<VolumeRecord> volume(String name) throws BlockStoreException {
        Optional<Registry.Entry> entry = get(Names.volume(name));
        return entry.isEmpty() ? Optional.empty() : Optional.of(decode(entry.get(), VolumeRecord::decode));
    }

    /** The map chunks of a volume, of which there are {@code chunkCount} at most. */
    List<MapChunk> chunks(VolumeRecord volume, int chunkCount) throws BlockStoreException {
        List<MapChunk> chunks = new ArrayList<>();
        for (int page = 0; page * (long) Names.MAP_PAGE < chunkCount; page++) {
            for (Registry.Entry entry : range(Names.mapPage(volume.id(), page))) {
                MapChunk chunk = decode(entry, MapChunk::decode);
                if (!entry.key().equals(Names.map(volume.id(), chunk.index()))
                        || !chunk.volume().equals(volume.id())
                        || chunk.index() >= chunkCount) {
                    throw new BlockStoreException(
                            BlockStoreException.Code.DAMAGED,
                            "registry key " + entry.key() + " holds chunk " + chunk.index() + " of volume "
                                    + chunk.volume() + ", which does not belong there");
                }
                chunks.add(chunk);
            }
        }
        return chunks;
    }

    private Optional<Registry.Entry> get(String key) throws BlockStoreException {
        try {
            return registry.get(key);
        } catch (DlmException failure) {
            throw BlockStoreException.of("reading registry key " + key, failure);
        }
    }

    private List<Registry.Entry> range(String prefix) throws BlockStoreException {
        try {
            return registry.range(prefix);
        } catch (DlmException failure) {
            throw BlockStoreException.of("reading registry keys " + prefix, failure);
        }
    }

    private static <T> T decode(Registry.Entry entry, Function<byte[], Decoded<T>> decoder) throws BlockStoreException {
        return switch (decoder.apply(entry.value())) {
            case Decoded.Valid<T>(T value) -> value;
            case Decoded.Malformed<T>(String reason) ->
                throw new BlockStoreException(
                        BlockStoreException.Code.DAMAGED,
                        "registry key " + entry.key() + ": " + reason + ". Restore the registry from a healthy peer");
        };
    }
}
