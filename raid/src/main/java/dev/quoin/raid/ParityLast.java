package dev.quoin.raid;

/**
 * RAID 3: the last member holds the parity, the others the data, and nothing rotates.
 *
 * @param roles the number of members: 3, 5 or 9
 */
record ParityLast(int roles) implements Layout {

    @Override
    public int dataChunks() {
        return roles - 1;
    }

    @Override
    public int period() {
        return 1;
    }

    @Override
    public int[][] codewords(long stripe) {
        int[] word = new int[roles];
        for (int column = 0; column < roles; column++) {
            word[column] = column;
        }
        return new int[][] {word};
    }

    @Override
    public Redundancy redundancy() {
        return new Redundancy.Parity();
    }

    @Override
    public boolean survives(int absentRoles) {
        return Integer.bitCount(absentRoles) <= 1;
    }
}
