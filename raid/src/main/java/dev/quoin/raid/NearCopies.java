package dev.quoin.raid;

/**
 * Copies beside each other as Linux md places them (RAID 10 near layout; md(4)): the chunks in turn, each so often as there are
 * copies, fill the members from left to right. One copy is RAID 0, as many as members is RAID 1.
 *
 * <pre>
 * 4 members, 2 copies              3 members, 2 copies: a stripe is two rows
 * row | 0  | 1  | 2  | 3           row | 0  | 1  | 2
 *   0 | D0 | D0 | D1 | D1            0 | D0 | D0 | D1
 *   1 | D2 | D2 | D3 | D3            1 | D1 | D2 | D2
 * </pre>
 *
 * @param roles the number of members
 * @param copies of each chunk, at most as many as members
 */
record NearCopies(int roles, int copies) implements Layout {

    NearCopies {
        if (copies < 1 || copies > roles || roles > Integer.SIZE) {
            throw new IllegalArgumentException(copies + " copies on " + roles + " members");
        }
    }

    @Override
    public int stripes() {
        int rows = 1;
        while (rows * roles % copies != 0) {
            rows++;
        }
        return rows;
    }

    @Override
    public int dataChunks() {
        return columns() / copies;
    }

    @Override
    public int period() {
        return 1;
    }

    @Override
    public int[][] codewords(long stripe) {
        int[][] words = new int[dataChunks()][copies];
        for (int column = 0; column < columns(); column++) {
            words[column / copies][column % copies] = column;
        }
        return words;
    }

    @Override
    public Redundancy redundancy() {
        return new Redundancy.Copies();
    }

    @Override
    public boolean survives(int absentRoles) {
        for (int[] word : codewords(0)) {
            boolean present = false;
            for (int column : word) {
                present |= (absentRoles & 1 << column % roles) == 0;
            }
            if (!present) {
                return false;
            }
        }
        return true;
    }
}
