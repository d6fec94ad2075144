package dev.quoin.raid;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which batches of the journals are to be replayed. Pure.
 *
 * <p>Batches are taken in order from the first unsettled one on, for as long as each is whole. A batch is whole if the level can do
 * without the members that are absent and those that lack a part, of this batch or of one before: then the rest make up for
 * them. The first batch that is not whole was never durable, and neither was any behind it, unless a later part says so.
 *
 * <p>A start that makes up for what members lack puts a patch into the ring of each of them, and only when all have theirs puts
 * anything in place. So patches of which all are there end the chain, and another start, with other members, decides the same;
 * and patches of which one is not there mean that nothing was put in place, and are void.
 */
final class JournalChain {

    private final Addressing map;
    private final List<@Nullable Member> members;
    private final List<@Nullable JournalScan> scans;

    /** The tables of the batches to replay, in order. */
    final List<JournalPart> batches = new ArrayList<>();
    /** The roles that lack parts, as bits. */
    int lacking;
    /** A batch up to here was durable for certain. */
    long durable;
    /** What batches up to here had put over something was in place, durably. */
    long over;
    /** The roles that are being rebuilt and lack something that cannot be made, as bits. */
    int rebuildAgain;

    private final Set<JournalScan> voided = new HashSet<>();
    private long settled;
    private long last;
    private long firstLacking = Long.MAX_VALUE;

    /** Decides, without the batches after {@code limit}, which need not have been durable. */
    JournalChain(Addressing map, List<@Nullable Member> members, List<@Nullable JournalScan> scans, long limit) {
        this.map = map;
        this.members = members;
        this.scans = scans;
        decide(limit);
    }

    private void decide(long limit) {
        long known = 0;
        long end = Long.MAX_VALUE;
        scans.forEach(scan -> voidIfAlone(scan));
        for (JournalScan scan : scans) {
            if (scan == null) {
                continue;
            }
            settled = Math.max(settled, scan.head.settled());
            known = Math.max(known, scan.last());
            for (JournalScan.Found found : scan.parts.values()) {
                durable = Math.max(durable, found.part().synced());
                over = Math.max(over, found.part().over());
            }
            if (scan.patch != null && !voided.contains(scan)) {
                end = scan.patch.part().sequence();
                durable = Math.max(durable, end);
            }
        }
        for (long sequence = settled + 1;
                sequence <= Math.min(limit, end == Long.MAX_VALUE ? known : end);
                sequence++) {
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

    /** A patch is void if a member that is there, and was to get one along with it, has none. */
    private void voidIfAlone(@Nullable JournalScan scan) {
        JournalPart patch = scan == null || scan.patch == null ? null : scan.patch.part();
        if (patch == null) {
            return;
        }
        for (int left = patch.absent(); left != 0; left &= left - 1) {
            JournalScan other = scans.get(Integer.numberOfTrailingZeros(left));
            JournalPart its = other == null || other.patch == null ? null : other.patch.part();
            if (other != null
                    && (its == null || its.sequence() != patch.sequence() || its.absent() != patch.absent())) {
                voided.add(scan);
                return;
            }
        }
    }

    /** How many batches are not to be replayed though they were durable, as what is left of them is not enough. */
    long lost() {
        return Math.max(0, durable - Math.max(last, settled));
    }

    /** The sequence of the last batch to replay; 0 if there is none. */
    long last() {
        return last;
    }

    /** Says that a member lacks what was put in place before a batch was recorded. */
    void lacksPlaced(int role, long sequence) {
        lacking |= 1 << role;
        firstLacking = Math.min(firstLacking, sequence);
    }

    /** The first batch of which a member lacks something. */
    long firstLacking() {
        return firstLacking;
    }

    /** The part of a member in a batch. */
    JournalScan.@Nullable Found part(int role, long sequence) {
        JournalScan scan = scans.get(role);
        return scan == null ? null : scan.parts.get(sequence);
    }

    /** What made up for what the member lacks, at an earlier start. */
    JournalScan.@Nullable Found patch(int role) {
        JournalScan scan = scans.get(role);
        return scan == null || voided.contains(scan) ? null : scan.patch;
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
            } else if (lacks(table, role)) {
                lost |= 1 << role;
            }
        }
        if (lost == 0) {
            return true;
        }
        if (!map.layout().survives(lost | lacking | absent)) {
            return false;
        }
        lacking |= lost;
        firstLacking = Math.min(firstLacking, table.sequence());
        return true;
    }

    /** Whether a member that changes has not all that changes on it. What is over something is in no part. */
    private boolean lacks(JournalPart table, int role) {
        JournalScan.Found patch = patch(role);
        if (patch != null && table.sequence() <= patch.part().sequence()) {
            return false;
        }
        boolean whole = part(role, table.sequence()) != null;
        return table.changes().stream()
                .flatMap(change -> change.columns().stream())
                .anyMatch(change ->
                        map.role(change.column()) == role && (change.implied() != 0 || (!whole && change.needsPart())));
    }
}
