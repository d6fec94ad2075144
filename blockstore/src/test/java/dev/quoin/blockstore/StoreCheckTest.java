package dev.quoin.blockstore;

import static dev.quoin.blockstore.BlockStoreTest.assertRefused;
import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static dev.quoin.blockstore.StoreRig.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.blockstore.catalogue.Decoded;
import dev.quoin.blockstore.catalogue.MapChunk;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolState;
import dev.quoin.device.BlockDevice;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Proves that the checker finds what is broken, and that a store refuses to open on what would lose or mix data. */
class StoreCheckTest {

    @Test
    void check_ofASoundStore_isClean_andCounts() throws Exception {
        try (StoreRig rig = broken(registry -> {})) {
            CheckReport report = StoreCheck.check(rig.realSession().registry());

            assertThat(report.isClean()).isTrue();
            assertThat(report.pools()).isEqualTo(Map.of("main", new CheckReport.PoolCount(8, 3)));
        }
    }

    @Test
    void check_extentMappedTwice_isFound_andNotOpened() throws Exception {
        assertFound("mapped twice", true, registry -> editMap(registry, entries -> new int[] {1, 1, 3}));
    }

    @Test
    void check_freshExtentMapped_isFound_andNotOpened() throws Exception {
        assertFound("fresh", true, registry -> editMap(registry, entries -> new int[] {1, 2, 8}));
    }

    @Test
    void check_extentBeyondThePool_isFound_andNotOpened() throws Exception {
        assertFound("the pool has 8", true, registry -> editMap(registry, entries -> new int[] {1, 2, 9}));
    }

    @Test
    void check_mapBeyondTheVolume_isFound_andNotOpened() throws Exception {
        assertFound("beyond the volume's end", true, registry -> editMap(registry, entries -> new int[] {1, 2, 0, 3}));
    }

    @Test
    void check_chunkUnderAWrongKey_isFound_andNotOpened() throws Exception {
        assertFound("holds chunk 0", true, registry -> {
            Registry.Entry chunk = registry.range(Names.MAPS).getFirst();
            String wrong = chunk.key().substring(0, chunk.key().length() - 1) + "1";
            registry.commit(Transaction.builder().put(wrong, chunk.value()).build());
        });
    }

    @Test
    void check_damagedRecord_isFound_andNotOpened() throws Exception {
        for (String prefix : new String[] {Names.POOLS, Names.STATES, Names.VOLUMES, Names.MAPS}) {
            assertFound("CRC32C", true, registry -> {
                Registry.Entry entry = registry.range(prefix).getFirst();
                byte[] value = entry.value();
                value[value.length - 5] ^= 1;
                registry.commit(Transaction.builder().put(entry.key(), value).build());
            });
        }
    }

    @Test
    void check_missingState_isFound_andNotOpened() throws Exception {
        assertFound(
                "has no state",
                true,
                registry -> registry.commit(
                        Transaction.builder().delete(Names.state("main")).build()));
    }

    @Test
    void check_highWaterMarkBeyondThePool_isFound_andNotOpened() throws Exception {
        assertFound(
                "high-water mark 9",
                true,
                registry -> registry.commit(Transaction.builder()
                        .put(Names.state("main"), new PoolState(1, 9).encode())
                        .build()));
    }

    @Test
    void check_mapWithoutVolume_isFound() throws Exception {
        assertFound("belongs to no volume", false, registry -> {
            UUID id = new UUID(1, 2);
            registry.commit(Transaction.builder()
                    .put(Names.map(id, 0), new MapChunk(id, 0, new int[] {4}).encode())
                    .build());
        });
    }

    @Test
    void check_volumeWithoutPool_isFound() throws Exception {
        assertFound(
                "without its pool",
                false,
                registry -> registry.commit(
                        Transaction.builder().delete(Names.pool("main")).build()));
    }

    private interface Edit {
        void apply(Registry registry) throws Exception;
    }

    private static void assertFound(String problem, boolean refused, Edit edit) throws Exception {
        StoreRig rig = broken(edit);
        try {
            assertThat(StoreCheck.check(rig.realSession().registry()).problems())
                    .anySatisfy(found -> assertThat(found).contains(problem));
            if (refused) {
                assertRefused(BlockStoreException.Code.DAMAGED, "", () -> rig.start());
            }
        } finally {
            rig.store().close();
            rig.locks.close();
        }
    }

    /** A closed store with a volume of three extents at pool extents 0, 1 and 2, after an edit of its registry. */
    private static StoreRig broken(Edit edit) throws Exception {
        StoreRig rig = StoreRig.of(8).withPool();
        BlockDevice volume = rig.volume("disk0", 3);
        write(volume, 0, 2 * EXTENT + BLOCK, 1);
        rig.store().close();
        edit.apply(rig.realSession().registry());
        return rig;
    }

    private static void editMap(Registry registry, UnaryOperator<int[]> edit) throws Exception {
        Registry.Entry entry = registry.range(Names.MAPS).getFirst();
        if (!(MapChunk.decode(entry.value()) instanceof Decoded.Valid<MapChunk>(MapChunk chunk))) {
            throw new AssertionError("no chunk");
        }
        byte[] edited = new MapChunk(chunk.volume(), chunk.index(), edit.apply(chunk.entries())).encode();
        registry.commit(Transaction.builder().put(entry.key(), edited).build());
    }
}
