package dev.quoin.clusterfs.fsck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.property.Property;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that no content makes the checker throw or run on, and that no damaged byte of live metadata escapes it.
 * {@code -Druns=N} makes the sweep longer.
 */
class FsckFuzzTest {

    private final Image image = new Image();
    private final long dir = image.directory(image.root, "d");
    private final long file = image.file(dir, "file", "hello");

    FsckFuzzTest() {
        image.directory(dir, "sub");
        for (int i = 0; i < 30; i++) {
            image.enter(dir, "link-" + i, file);
        }
        image.change(file, dinode -> Image.links(dinode, 31));
        image.symlink(dir, "s", "file");
        image.extents(dir, "big", 1, 45, 2);
        byte[] logged = image.get(file);
        BlockHeader.stamp(logged, 9, 0);
        BlockHeader.seal(logged);
        image.claim(1, 1);
        int next = image.log(1, 1, 1, 1, List.of(logged), List.of());
        image.log(1, next, 2, 1, List.of(image.get(dir)), List.of());
    }

    private long anyBlock(RandomGenerator random) {
        return image.metadata().get(random.nextInt(image.metadata().size()));
    }

    /** Whether damage to the block must be seen: replay repairs the two logged ones, and a crash may tear the last record. */
    private boolean isLive(long block) {
        long lastRecord = Image.LAYOUT.journalStart(1) + 4;
        boolean isLastRecord = block >= lastRecord && block < Image.LAYOUT.firstGroup();
        return block != file && block != dir && !isLastRecord;
    }

    @Test
    void undamaged_hasOnlyItsWarning() {
        assertThat(image.check().errors()).isZero();
        assertThat(image.check().warnings()).isOne();
        assertThat(image.metadata()).hasSizeGreaterThan(25);
    }

    @Test
    void anyByteOfLiveMetadata_flipped_isFound() {
        Property.forAll(150, random -> {
            long block = anyBlock(random);
            byte[] sound = image.get(block);
            byte[] damaged = sound.clone();
            damaged[random.nextInt(4096)] ^= (byte) (1 << random.nextInt(8));
            image.write(block, damaged);
            FsckReport report = image.check();
            image.write(block, sound);
            if (isLive(block)) {
                assertThat(report.clean()).as("flip in block " + block).isFalse();
            }
        });
    }

    @Test
    void anyField_changedAndSealed_neverThrows() {
        Property.forAll(400, random -> {
            int changes = random.nextInt(1, 6);
            byte[][] sound = new byte[changes][];
            long[] blocks = new long[changes];
            for (int i = 0; i < changes; i++) {
                blocks[i] = anyBlock(random);
                sound[i] = image.get(blocks[i]);
                image.edit(blocks[i], content -> scribble(content, random));
            }
            assertThat(image.check().lines()).isNotEmpty();
            for (int i = changes - 1; i >= 0; i--) {
                image.write(blocks[i], sound[i]);
            }
        });
        assertThat(image.check().errors()).isZero();
    }

    private static void scribble(byte[] content, RandomGenerator random) {
        int at = random.nextBoolean() ? random.nextInt(4, 400) : random.nextInt(4096);
        int length = Math.min(random.nextInt(1, 9), 4096 - at);
        for (int i = 0; i < length; i++) {
            content[at + i] = switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> (byte) 0xFF;
                case 2 -> (byte) random.nextInt(8);
                default -> (byte) random.nextInt();
            };
        }
    }

    @Test
    void blocks_exchanged_areFound() {
        Property.forAll(100, random -> {
            long one = anyBlock(random);
            long other = anyBlock(random);
            byte[] first = image.get(one);
            byte[] second = image.get(other);
            image.write(one, second);
            image.write(other, first);
            FsckReport report = image.check();
            image.write(one, first);
            image.write(other, second);
            if (one != other && isLive(one) && isLive(other)) {
                assertThat(report.clean()).as("blocks " + one + " and " + other).isFalse();
            }
        });
    }
}
