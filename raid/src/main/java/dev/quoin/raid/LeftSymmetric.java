package dev.quoin.raid;

/**
 * RAID 5 as Linux md places it by default (layout 2, left-symmetric; md(4)): the parity moves one member to the left with
 * each stripe, and the data begin on the member behind the parity.
 *
 * <pre>
 * stripe | member 0 | member 1 | member 2 | member 3
 *      0 |    D0    |    D1    |    D2    |    P
 *      1 |    D4    |    D5    |    P     |    D3
 *      2 |    D8    |    P     |    D6    |    D7
 *      3 |    P     |    D9    |    D10   |    D11
 * </pre>
 *
 * @param roles the number of members, 3 to 32
 */
record LeftSymmetric(int roles) implements Layout {

    /** The number by which md and our superblock know this layout. */
    static final int NUMBER = 2;

    static final int ROLES_MIN = 3;
    static final int ROLES_MAX = 32;

    LeftSymmetric {
        if (roles < ROLES_MIN || roles > ROLES_MAX) {
            throw new IllegalArgumentException(
                    roles + " members found, " + ROLES_MIN + " to " + ROLES_MAX + " expected for RAID 5");
        }
    }

    @Override
    public int dataChunks() {
        return roles - 1;
    }

    @Override
    public int parityRole(long stripe) {
        return roles - 1 - (int) (stripe % roles);
    }

    @Override
    public int dataRole(long stripe, int index) {
        return (parityRole(stripe) + 1 + index) % roles;
    }

    @Override
    public int tolerance() {
        return 1;
    }
}
