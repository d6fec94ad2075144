package dev.quoin.raid;

/**
 * RAID 5 and 6 as Linux md places them by default (layout 2, left-symmetric; md(4)): the parity moves one member to the left with
 * each stripe, for RAID 6 the second parity is on the member behind it, and the data begin on the member behind that.
 *
 * <pre>
 *        | RAID 5              | RAID 6
 * stripe | 0  | 1  | 2  | 3    | 0  | 1  | 2  | 3
 *      0 | D0 | D1 | D2 | P    | Q  | D0 | D1 | P
 *      1 | D4 | D5 | P  | D3   | D2 | D3 | P  | Q
 *      2 | D8 | P  | D6 | D7   | D5 | P  | Q  | D4
 *      3 | P  | D9 | D10| D11  | P  | Q  | D6 | D7
 * </pre>
 *
 * @param roles the number of members, 32 at most
 * @param parities of a stripe, 1 or 2
 */
record LeftSymmetric(int roles, int parities) implements Layout {

    LeftSymmetric {
        if (parities < 1 || parities > 2 || roles < parities + 2 || roles > Integer.SIZE) {
            throw new IllegalArgumentException(parities + " parities on " + roles + " members");
        }
    }

    @Override
    public int dataChunks() {
        return roles - parities;
    }

    @Override
    public int period() {
        return roles;
    }

    @Override
    public int[][] codewords(long stripe) {
        int parity = roles - 1 - (int) (stripe % roles);
        int data = dataChunks();
        int[] word = new int[roles];
        for (int index = 0; index < data; index++) {
            word[index] = (parity + parities + index) % roles;
        }
        for (int each = 0; each < parities; each++) {
            word[data + each] = (parity + each) % roles;
        }
        return new int[][] {word};
    }

    @Override
    public Redundancy redundancy() {
        return parities == 1 ? new Redundancy.Parity() : new Redundancy.DoubleParity();
    }

    @Override
    public boolean survives(int absentRoles) {
        return Integer.bitCount(absentRoles) <= parities;
    }
}
