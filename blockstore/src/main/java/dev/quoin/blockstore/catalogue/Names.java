package dev.quoin.blockstore.catalogue;

import java.util.UUID;
import java.util.regex.Pattern;

/** The names that people give to pools and volumes, and the registry keys made of them. */
public final class Names {

    /** The longest name, in characters. */
    public static final int LENGTH_MAX = 64;

    /** Below this prefix lies the whole block store. */
    public static final String ROOT = "blockstore/";

    /** The prefix of all pool keys. */
    public static final String POOLS = ROOT + "pool/";

    /** The prefix of all volume keys. */
    public static final String VOLUMES = ROOT + "volume/";

    /** The prefix of all map chunk keys. */
    public static final String MAPS = ROOT + "map/";

    /** The prefix of all pool state keys. */
    public static final String STATES = ROOT + "state/";

    /** The prefix of all keys of pool settings. */
    public static final String SETTINGS = ROOT + "settings/";

    /** How many map chunks {@link #mapPage} covers. */
    public static final int MAP_PAGE = 256;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0," + (LENGTH_MAX - 1) + "}");

    private Names() {}

    /**
     * Checks a name.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static String check(String kind, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(kind + " name '" + name + "' found, 1 to " + LENGTH_MAX
                    + " of the characters a-z 0-9 . _ - expected, the first a letter or a digit");
        }
        return name;
    }

    /** The key of a pool's {@link PoolRecord}. */
    public static String pool(String name) {
        return POOLS + name;
    }

    /** The key of a pool's {@link PoolState}. */
    public static String state(String pool) {
        return STATES + pool;
    }

    /** The key of a pool's {@link PoolSettings}. */
    public static String settings(String pool) {
        return SETTINGS + pool;
    }

    /** The key of a {@link VolumeRecord}. */
    public static String volume(String name) {
        return VOLUMES + name;
    }

    /** The key of a {@link MapChunk}. */
    public static String map(UUID volume, int chunk) {
        return String.format("%s%s/%08x", MAPS, volume, chunk);
    }

    /** The prefix of the {@value #MAP_PAGE} map chunks from {@code page * 256} on: what is read in one go. */
    public static String mapPage(UUID volume, int page) {
        return String.format("%s%s/%06x", MAPS, volume, page);
    }
}
