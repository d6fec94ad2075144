package dev.quoin.raid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches of open records: as many as fit into a part of every ring they touch.
 *
 * <p>Used under the lock of the {@link Journal} that owns it.
 */
final class BatchSealer {

    static final long BATCH_BYTES_MAX = 2L * 1024 * 1024;

    private final ArrayCore core;

    BatchSealer(ArrayCore core) {
        this.core = core;
    }

    /**
     * Takes from the open records what fits into a batch and reserves its place in the rings.
     *
     * @param sealed the sequence of the batch before
     * @param synced the last batch known to be durable, which the new one tells to a replay
     * @param over what the batches up to this one had put over something is in place, durably
     * @return null if the rings have no space for it
     */
    @Nullable Batch seal(ArrayDeque<BandRecord> open, long sealed, long synced, long over) {
        List<BandRecord> taken = new ArrayList<>();
        int cell = core.map.cell();
        int[] payload = new int[core.roles()];
        int table = JournalPart.FIXED;
        long bytes = 0;
        int participants = 0;
        int absent = failedRoles();
        long partMax = partMax();
        for (BandRecord record : open) {
            int tableWith = table + JournalPart.tableSize(record);
            if (!taken.isEmpty()
                    && (bytes + (long) record.payload() * cell > BATCH_BYTES_MAX
                            || !fits(record, payload, tableWith, partMax))) {
                break;
            }
            taken.add(record);
            table = tableWith;
            bytes += (long) record.payload() * cell;
            absent |= record.absent;
            for (int column = 0; column < core.map.columns(); column++) {
                int role = core.map.role(column);
                payload[role] += cell * Long.bitCount(record.rows(column, Pending.Kind.DATA));
                participants |= record.touches(column) ? 1 << role : 0;
            }
        }
        participants &= ~failedRoles();
        for (int role = 0; role < payload.length; role++) {
            payload[role] = JournalPart.wholeBlocks(payload[role]);
        }
        int headerLength = JournalPart.headerLength(taken);
        if (!ringsFit(participants, headerLength, payload)) {
            return null;
        }
        for (int i = 0; i < taken.size(); i++) {
            open.remove();
        }
        return number(
                taken,
                participants == 0 ? sealed : sealed + 1,
                synced,
                over,
                participants,
                absent,
                headerLength,
                payload);
    }

    private Batch number(
            List<BandRecord> taken,
            long sequence,
            long synced,
            long over,
            int participants,
            int absent,
            int headerLength,
            int[] payload) {
        long[] offsets = new long[payload.length];
        int[] lengths = new int[payload.length];
        for (int role = 0; role < payload.length; role++) {
            Member member = core.members.get(role);
            if (member != null && (participants & 1 << role) != 0) {
                lengths[role] = headerLength + payload[role];
                offsets[role] = member.ring.reserve(sequence, lengths[role]);
            }
        }
        for (BandRecord record : taken) {
            record.sequence(sequence);
        }
        return new Batch(
                taken,
                sequence,
                synced,
                over,
                core.membership.recordedEvents(),
                participants,
                absent,
                headerLength,
                offsets,
                lengths,
                core.map.cell());
    }

    private boolean fits(BandRecord record, int[] payload, int table, long partMax) {
        long[] with = new long[payload.length];
        for (int column = 0; column < core.map.columns(); column++) {
            long stored = (long) core.map.cell() * Long.bitCount(record.rows(column, Pending.Kind.DATA));
            with[core.map.role(column)] += stored;
        }
        for (int role = 0; role < payload.length; role++) {
            if (payload[role] + with[role] + table + 2 * Addressing.BLOCK > partMax) {
                return false;
            }
        }
        return true;
    }

    private boolean ringsFit(int participants, int headerLength, int[] payload) {
        for (int role = 0; role < payload.length; role++) {
            Member member = core.members.get(role);
            if (member != null && (participants & 1 << role) != 0 && !member.ring.fits(headerLength + payload[role])) {
                return false;
            }
        }
        return true;
    }

    /** The roles that take part now, a bit each. */
    int activeRoles() {
        return ~failedRoles() & (int) Addressing.mask(0, core.roles());
    }

    private long partMax() {
        long smallest = Long.MAX_VALUE;
        for (Member member : core.activeMembers()) {
            smallest = Math.min(smallest, member.ring.length());
        }
        return smallest / 4;
    }

    private int failedRoles() {
        int failed = 0;
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.members.get(role);
            failed |= member == null || !member.isActive() ? 1 << role : 0;
        }
        return failed;
    }
}
