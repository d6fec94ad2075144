package dev.quoin.blockstore.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.property.Gen;
import dev.quoin.property.Property;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Proves that the records keep their bytes from release to release, and that no other bytes are taken for one. */
class RecordFormatTest {

    private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private static final PoolRecord POOL = new PoolRecord(
            ID, "main", PoolRecord.State.ACTIVE, 4096, 4 << 20, 1024, List.of(new PoolRecord.Part("a0", 1 << 20, 767)));

    @Test
    void pool_encoded_hasTheGoldenBytes() {
        assertThat(hex(POOL.encode()))
                .isEqualTo("51425350" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "37000000"
                        + "7766554433221100" + "ffeeddccbbaa9988" + "02" + "00100000" + "0000400000000000" + "00040000"
                        + "046d61696e" + "0100" + "026130" + "0000100000000000" + "ff020000" + "9118acfb");
    }

    @Test
    void state_encoded_hasTheGoldenBytes() {
        byte[] bytes = new PoolState(7, 300).encode();

        assertThat(hex(bytes))
                .isEqualTo("51425353" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "0c000000"
                        + "0700000000000000" + "2c010000" + "717b0105");
        assertThat(bytes).hasSize(PoolState.LENGTH);
    }

    @Test
    void volume_encoded_hasTheGoldenBytes() {
        byte[] bytes = new VolumeRecord(ID, "disk0", "main", VolumeRecord.State.DELETING, 1 << 30).encode();

        assertThat(hex(bytes))
                .isEqualTo("51425356" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "24000000"
                        + "7766554433221100" + "ffeeddccbbaa9988" + "02" + "0000004000000000" + "056469736b30"
                        + "046d61696e" + "fcd8723e");
    }

    @Test
    void settings_encoded_haveTheGoldenBytes() {
        assertThat(hex(new PoolSettings(80).encode("main")))
                .isEqualTo("5142534f" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "06000000" + "50"
                        + "046d61696e" + "a589079e");
        assertThat(PoolSettings.decode(new PoolSettings(100).encode("main")))
                .isEqualTo(new Decoded.Valid<>(new PoolSettings.Named("main", new PoolSettings(100))));
    }

    @Test
    void mapChunk_encoded_hasTheGoldenBytes_andDropsTheUnmappedTail() {
        byte[] bytes = new MapChunk(ID, 3, new int[] {0, 9, 1, 0, 0}).encode();

        assertThat(hex(bytes))
                .isEqualTo("5142534d" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "24000000"
                        + "7766554433221100" + "ffeeddccbbaa9988" + "03000000" + "03000000" + "00000000" + "09000000"
                        + "01000000" + "7e0609d5");
    }

    @Test
    void label_encoded_hasTheGoldenBytes() {
        byte[] bytes = PoolLabel.of(POOL, 0, 5, 99).encode();

        assertThat(hex(bytes))
                .isEqualTo("5142534c" + "0100" + "0000" + "00000000" + "00000000" + "00000000" + "3d000000"
                        + "7766554433221100" + "ffeeddccbbaa9988" + "00000000" + "0500000000000000"
                        + "6300000000000000" + "ff020000" + "0000400000000000" + "0000100000000000" + "046d61696e"
                        + "e2b9e1de");
    }

    @Test
    void records_encodedAndDecoded_areEqual() {
        Property.forAll(300, random -> {
            PoolRecord pool = pool(random);
            assertThat(PoolRecord.decode(pool.encode())).isEqualTo(new Decoded.Valid<>(pool));
            PoolState state = new PoolState(random.nextLong(Long.MAX_VALUE), random.nextInt(Integer.MAX_VALUE));
            assertThat(PoolState.decode(state.encode())).isEqualTo(new Decoded.Valid<>(state));
            VolumeRecord volume = new VolumeRecord(
                    uuid(random),
                    name(random),
                    name(random),
                    pick(random, VolumeRecord.State.values()),
                    1 + random.nextLong(Long.MAX_VALUE - 1));
            assertThat(VolumeRecord.decode(volume.encode())).isEqualTo(new Decoded.Valid<>(volume));
            PoolLabel label = PoolLabel.of(
                    pool,
                    random.nextInt(pool.parts().size()),
                    random.nextLong(1L << 60),
                    1 + random.nextLong(1L << 60));
            assertThat(PoolLabel.decode(label.encode())).isEqualTo(new Decoded.Valid<>(label));
        });
    }

    @Test
    void mapChunk_encodedAndDecoded_isEqualUpToTheUnmappedTail() {
        Property.forAll(300, random -> {
            int[] entries = new int[random.nextInt(40)];
            Arrays.setAll(entries, i -> random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(Integer.MAX_VALUE - 1));
            MapChunk chunk = new MapChunk(uuid(random), random.nextInt(1000), entries);

            if (!(MapChunk.decode(chunk.encode()) instanceof Decoded.Valid<MapChunk>(MapChunk back))) {
                throw new AssertionError("not valid");
            }

            assertThat(Arrays.copyOf(back.entries(), entries.length)).isEqualTo(entries);
            assertThat(back.index()).isEqualTo(chunk.index());
            assertThat(back.volume()).isEqualTo(chunk.volume());
            assertThat(chunk.encode().length).isLessThanOrEqualTo(MapChunk.lengthOf(entries.length));
        });
    }

    @Test
    void decoders_anyByteChanged_findIt() {
        Property.forAll(400, random -> {
            byte[] bytes = anyRecord(random);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));

            assertThat(decoders())
                    .allSatisfy(decoder -> assertThat(decoder.apply(bytes)).isInstanceOf(Decoded.Malformed.class));
        });
    }

    @Test
    void decoders_anyBytes_giveAValue() {
        Property.forAll(2_000, random -> {
            byte[] bytes = random.nextBoolean()
                    ? Gen.bytes(0, 200).next(random)
                    : Arrays.copyOf(anyRecord(random), random.nextInt(120));

            assertThat(decoders())
                    .allSatisfy(decoder -> assertThat(decoder.apply(bytes)).isNotNull());
        });
    }

    @Test
    void decoders_hostileBodyWithRightChecksum_giveMalformed() {
        Property.forAll(2_000, random -> {
            byte[] body = Gen.bytes(0, 120).next(random);
            for (int magic : new int[] {
                Envelope.MAGIC_POOL,
                Envelope.MAGIC_VOLUME,
                Envelope.MAGIC_MAP,
                Envelope.MAGIC_LABEL,
                Envelope.MAGIC_SETTINGS
            }) {
                byte[] bytes = Envelope.seal(magic, Envelope.body(body.length).put(body));
                decoders().forEach(decoder -> assertThat(decoder.apply(bytes)).isNotNull());
            }
        });
        byte[] manyEntries = Envelope.seal(
                Envelope.MAGIC_MAP,
                Envelope.body(24).putLong(1).putLong(2).putInt(0).putInt(Integer.MAX_VALUE));
        assertThat(MapChunk.decode(manyEntries)).isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void decoders_newerVersionOrUnknownFeature_refuse_butACompatibleFeatureIsFine() {
        assertThat(PoolState.decode(patched(4, 2)).toString()).contains("version 2 found, 1 expected");
        assertThat(PoolState.decode(patched(12, 1)).toString()).contains("features 0x00000001 found");
        assertThat(PoolState.decode(patched(16, 4)).toString()).contains("features 0x00000004 found");
        assertThat(PoolState.decode(patched(8, 1))).isEqualTo(new Decoded.Valid<>(new PoolState(1, 2)));
    }

    @Test
    void names_outsideTheirLimits_areRefused() {
        assertThat(Names.check("pool", "a".repeat(Names.LENGTH_MAX))).hasSize(64);
        for (String wrong : List.of("", "A", "a/b", "-a", ".", "a b", "a".repeat(Names.LENGTH_MAX + 1))) {
            assertThatThrownBy(() -> Names.check("pool", wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pool name '" + wrong + "' found");
        }
    }

    @Test
    void poolRecord_atItsLimits_isFine_andOneBeyondIsRefused() {
        assertThat(withParts(PoolRecord.PARTS_MAX, 1).extentCount()).isEqualTo(PoolRecord.PARTS_MAX);
        assertThatThrownBy(() -> withParts(PoolRecord.PARTS_MAX + 1, 1)).hasMessageContaining("65 arrays found");
        assertThat(withParts(1, PoolRecord.EXTENTS_MAX).extentCount()).isEqualTo(PoolRecord.EXTENTS_MAX);
        assertThatThrownBy(() -> withParts(2, PoolRecord.EXTENTS_MAX)).hasMessageContaining("use larger extents");
        assertThat(MapChunk.lengthOf(PoolRecord.CHUNK_EXTENTS_MAX)).isLessThan(65_536);
    }

    @Test
    void keys_areWithinTheirPages() {
        assertThat(Names.map(ID, 0x1ff)).isEqualTo("blockstore/map/" + ID + "/000001ff");
        assertThat(Names.map(ID, 0x1ff)).startsWith(Names.mapPage(ID, 1));
        assertThat(Names.map(ID, 0x200)).startsWith(Names.mapPage(ID, 2)).doesNotStartWith(Names.mapPage(ID, 1));
    }

    private static PoolRecord withParts(int count, int extents) {
        PoolRecord.Part[] parts = new PoolRecord.Part[count];
        Arrays.setAll(parts, i -> new PoolRecord.Part("a" + i, 1 << 20, extents));
        return new PoolRecord(ID, "main", PoolRecord.State.ACTIVE, 4096, 4 << 20, 1024, List.of(parts));
    }

    /** The state (1, 2) with {@code value} at byte {@code at} and a checksum that fits. */
    private static byte[] patched(int at, int value) {
        byte[] bytes = new PoolState(1, 2).encode();
        bytes[at] = (byte) value;
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        for (int i = 0; i < 4; i++) {
            bytes[bytes.length - 4 + i] = (byte) (crc.getValue() >> (8 * i));
        }
        return bytes;
    }

    private static List<Function<byte[], Decoded<?>>> decoders() {
        return List.of(
                PoolRecord::decode,
                PoolState::decode,
                VolumeRecord::decode,
                MapChunk::decode,
                PoolLabel::decode,
                PoolSettings::decode);
    }

    private static byte[] anyRecord(RandomGenerator random) {
        PoolRecord pool = pool(random);
        return switch (random.nextInt(5)) {
            case 0 -> pool.encode();
            case 1 -> new PoolState(random.nextInt(100), random.nextInt(100)).encode();
            case 2 -> new VolumeRecord(uuid(random), "v", "p", VolumeRecord.State.ACTIVE, 4096).encode();
            case 3 -> new MapChunk(uuid(random), random.nextInt(9), new int[] {1, 2, random.nextInt(9)}).encode();
            default -> PoolLabel.of(pool, 0, 1, 1).encode();
        };
    }

    private static PoolRecord pool(RandomGenerator random) {
        PoolRecord.Part[] parts = new PoolRecord.Part[1 + random.nextInt(4)];
        Arrays.setAll(parts, i -> new PoolRecord.Part(name(random), 1 << 20, 1 + random.nextInt(1000)));
        return new PoolRecord(
                uuid(random),
                name(random),
                pick(random, PoolRecord.State.values()),
                512 << random.nextInt(4),
                65_536L << random.nextInt(10),
                1 + random.nextInt(PoolRecord.CHUNK_EXTENTS_MAX),
                List.of(parts));
    }

    private static <T> T pick(RandomGenerator random, T[] from) {
        return from[random.nextInt(from.length)];
    }

    private static UUID uuid(RandomGenerator random) {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private static String name(RandomGenerator random) {
        StringBuilder name = new StringBuilder("n");
        int length = random.nextInt(Names.LENGTH_MAX);
        for (int i = 0; i < length; i++) {
            name.append("abz09._-".charAt(random.nextInt(8)));
        }
        return name.toString();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
