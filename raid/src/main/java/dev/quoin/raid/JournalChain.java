package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which batches of the journals are to be replayed. Pure.
 *
 * <p>Batches are taken in order from the first unsettled one on, for as long as each is whole. A batch is whole if every member
 * has its part, or if one member, always the same, lacks it, and none is absent: then the rest make up for it. The first
 * batch that is not whole was never durable, and neither was any behind it, unless a later part says so.
 *
 * <p>Once a start has made up for what a member lacks, a patch in that member's ring says so and ends the chain, so that another
 * start, with other members, decides the same.
 */
final class JournalChain {

    private final Addressing map;
    private final List<@Nullable Member> members;
    private final List<@Nullable JournalScan> scans;

    /** The tables of the batches to replay, in order. */
    final List<JournalPart> batches = new ArrayList<>();
    /** The role that lacks parts; -1 if none does. */
    int lacking = -1;
    /** A batch up to here was durable for certain. */
    long durable;
    /** A member that is being rebuilt lacks something. */
    boolean rebuildAgain;

    private long last;
    private long firstLacking = Long.MAX_VALUE;

    JournalChain(Addressing map, List<@Nullable Member> members, List<@Nullable JournalScan> scans) {
        this.map = map;
        this.members = members;
        this.scans = scans;
        decide();
    }

    private void decide() {
        long settled = 0;
        long known = 0;
        long end = Long.MAX_VALUE;
        for (JournalScan scan : scans) {
            if (scan == null) {
                continue;
            }
            settled = Math.max(settled, scan.head.settled());
            known = Math.max(known, scan.last());
            for (JournalScan.Found found : scan.parts.values()) {
                durable = Math.max(durable, found.part().synced());
            }
            if (scan.patch != null) {
                end = scan.patch.part().sequence();
                durable = Math.max(durable, end);
            }
        }
        for (long sequence = settled + 1; sequence <= (end == Long.MAX_VALUE ? known : end); sequence++) {
            JournalPart table = table(sequence);
            if (table != null ? !isWhole(table) : end == Long.MAX_VALUE) {
                return;
            }
            // Before a patch, a batch of which nothing is left was between the patched member and one that is absent
            // now.
            if (table != null) {
                batches.add(table);
            }
            last = sequence;
        }
    }

    /** The sequence of the last batch to replay; 0 if there is none. */
    long last() {
        return last;
    }

    /** Gives up the batches that a member lacks, if they need not have been durable. */
    boolean giveUpLacking() {
        if (durable >= firstLacking) {
            return false;
        }
        batches.removeIf(batch -> batch.sequence() >= firstLacking);
        last = firstLacking - 1;
        lacking = -1;
        return true;
    }

    /** The part of a member in a batch. */
    JournalScan.@Nullable Found part(int role, long sequence) {
        JournalScan scan = scans.get(role);
        return scan == null ? null : scan.parts.get(sequence);
    }

    /** What made up for what the member lacks, at an earlier start. */
    JournalScan.@Nullable Found patch(int role) {
        JournalScan scan = scans.get(role);
        return scan == null ? null : scan.patch;
    }

    private @Nullable JournalPart table(long sequence) {
        for (int role = 0; role < scans.size(); role++) {
            JournalScan.Found found = part(role, sequence);
            if (found != null) {
                return found.part();
            }
        }
        return null;
    }

    private boolean isWhole(JournalPart table) {
        int lost = 0;
        int absent = table.absent();
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null || member.state() != RoleState.IN_SYNC) {
                absent |= 1 << role;
                rebuildAgain |= member != null && part(role, table.sequence()) == null && stores(table, role);
            } else if (lacks(table, role)) {
                lost |= 1 << role;
            }
        }
        if (lost == 0) {
            return true;
        }
        int before = lacking < 0 ? 0 : 1 << lacking;
        if (Integer.bitCount(lost | before | absent) > map.layout().tolerance()) {
            return false;
        }
        lacking = Integer.numberOfTrailingZeros(lost);
        firstLacking = Math.min(firstLacking, table.sequence());
        return true;
    }

    /** Whether a member that changes has not all that changes on it. */
    private boolean lacks(JournalPart table, int role) {
        JournalScan.Found patch = patch(role);
        if (patch != null && table.sequence() <= patch.part().sequence()) {
            return false;
        }
        boolean whole = part(role, table.sequence()) != null;
        return table.changes().stream()
                .flatMap(change -> change.roles().stream())
                .anyMatch(change -> change.role() == role && (!whole || change.implied() != 0));
    }

    private static boolean stores(JournalPart table, int role) {
        return table.changes().stream()
                .flatMap(change -> change.roles().stream())
                .anyMatch(change -> change.role() == role && change.implied() == 0);
    }
}
