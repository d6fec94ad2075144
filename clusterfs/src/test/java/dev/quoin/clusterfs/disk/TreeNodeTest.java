package dev.quoin.clusterfs.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.property.Property;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Proves that a tree node in a block behaves as a sorted map and always parses to what it holds. */
class TreeNodeTest {

    @Test
    void randomChanges_behaveAsASortedMap() {
        Property.forAll(60, random -> {
            byte[] block = new byte[4096];
            TreeNode node = TreeNode.create(block, 64, 0);
            TreeMap<Long, Integer> model = new TreeMap<>();
            for (int step = 0; step < 400; step++) {
                long key = random.nextInt(100);
                int length = random.nextInt(60);
                int at = node.ceiling(key);
                if (model.containsKey(key)) {
                    assertThat(node.key(at)).isEqualTo(key);
                    node.remove(at);
                    model.remove(key);
                } else if (TreeNode.sizeOf(length) <= node.room()) {
                    byte[] value = new byte[length];
                    java.util.Arrays.fill(value, (byte) length);
                    node.insert(key, value);
                    model.put(key, length);
                }
                node = ((Decoded.Valid<TreeNode>) TreeNode.parse(block, 64)).value();
                check(node, model);
            }
        });
    }

    @Test
    void moveTo_middle_cutsInHalves() {
        byte[] left = new byte[4096];
        byte[] right = new byte[4096];
        TreeNode from = TreeNode.create(left, 256, 0);
        for (int i = 0; i < 100; i++) {
            from.insert(i, new byte[20]);
        }
        TreeNode to = TreeNode.create(right, 64, 0);

        from.moveTo(to, from.middle());

        assertThat(from.count() + to.count()).isEqualTo(100);
        assertThat(from.count()).isBetween(49, 51);
        assertThat(to.key(0)).isEqualTo(from.count());
        assertThat(TreeNode.parse(left, 256)).isInstanceOf(Decoded.Valid.class);
        assertThat(TreeNode.parse(right, 64)).isInstanceOf(Decoded.Valid.class);
    }

    @Test
    void bitmap_runs_areFoundAcrossWords() {
        Property.forAll(50, random -> {
            byte[] block = new byte[4096];
            BlockState[] model = new BlockState[GroupBitmap.ENTRIES];
            int density = random.nextInt(1, 100);
            for (int i = 0; i < model.length; i++) {
                model[i] = random.nextInt(density) == 0 ? BlockState.values()[random.nextInt(4)] : BlockState.FREE;
                if (density > 50) {
                    model[i] = model[i] == BlockState.FREE ? BlockState.DATA : BlockState.FREE;
                }
                GroupBitmap.set(block, i, model[i]);
            }
            int from = random.nextInt(model.length);
            int next = from;
            while (next < model.length && model[next] != BlockState.FREE) {
                next++;
            }
            assertThat(GroupBitmap.nextFree(block, from, model.length)).isEqualTo(next == model.length ? -1 : next);
            int run = 0;
            while (next + run < model.length && run < 700 && model[next + run] == BlockState.FREE) {
                run++;
            }
            assertThat(GroupBitmap.freeRun(block, next, model.length, 700)).isEqualTo(run);
        });
    }

    private static void check(TreeNode node, java.util.Map<Long, Integer> model) {
        assertThat(node.count()).isEqualTo(model.size());
        int index = 0;
        for (var entry : model.entrySet()) {
            assertThat(node.key(index)).isEqualTo(entry.getKey());
            byte[] expected = new byte[entry.getValue()];
            java.util.Arrays.fill(expected, (byte) expected.length);
            assertThat(node.value(index)).isEqualTo(expected);
            index++;
        }
    }
}
