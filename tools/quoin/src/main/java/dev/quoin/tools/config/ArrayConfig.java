package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An array.
 *
 * @param name unique in the cluster
 * @param level the RAID level: 0, 1, 3, 5, 6 or 10
 * @param chunk the chunk size; 64 KiB if it is not given
 * @param members the members in order, as URLs
 * @param memberSize the size in which member files that do not exist are made, null to make none
 * @param writeMostly members, by number from 0, that are read from only if no other has the block; for RAID 1 and 10
 * @param verifyReads whether every read compares the parity; for RAID 3
 * @param cutToSmallest whether members of different sizes are taken, and of each what the smallest has is used; for RAID 0, the
 *     others always do that
 * @param journal what of large writes over something is journalled, full or headers; full if it is not given
 */
public record ArrayConfig(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) Integer level,
        ByteSize chunk,
        @JsonProperty(required = true) List<String> members,
        @Nullable ByteSize memberSize,
        List<Integer> writeMostly,
        boolean verifyReads,
        boolean cutToSmallest,
        String journal) {

    /** The chunk size if none is given, in bytes. */
    public static final int CHUNK_DEFAULT = 64 << 10;

    private static final ByteSize CHUNK = new ByteSize(CHUNK_DEFAULT);
    private static final String JOURNAL = "full";
    private static final int MEMBERS_MAX = 64;

    public ArrayConfig {
        Names.check("array", Defaults.required("name", name));
        Defaults.required("level", level);
        chunk = Defaults.or(chunk, CHUNK);
        members = Defaults.list(members);
        writeMostly = Defaults.list(writeMostly);
        journal = Defaults.or(journal, JOURNAL);
        if (members.isEmpty() || members.size() > MEMBERS_MAX) {
            throw new IllegalArgumentException(
                    "array " + name + ": " + members.size() + " members found, 1 to " + MEMBERS_MAX + " expected");
        }
        Names.checkUnique("array " + name + ": member", members);
    }

    /** An array without any option. */
    public ArrayConfig(String name, int level, ByteSize chunk, List<String> members, @Nullable ByteSize memberSize) {
        this(name, level, chunk, members, memberSize, List.of(), false, false, JOURNAL);
    }
}
