package dev.quoin.raid;

import java.util.random.RandomGenerator;

/** Some blocks one after the other. */
record BlockRange(int first, int count) {

    /** Blocks to write to, of so many: more often a few than many; every other time a stripe if that has a length. */
    static BlockRange random(RandomGenerator random, int blocks, int stripe) {
        int first = random.nextInt(blocks);
        if (stripe > 0 && random.nextBoolean()) {
            int begin = first / stripe * stripe;
            return new BlockRange(begin, Math.min(stripe, blocks - begin));
        }
        return new BlockRange(first, 1 + random.nextInt(Math.min(random.nextInt(4) == 0 ? 32 : 4, blocks - first)));
    }
}
