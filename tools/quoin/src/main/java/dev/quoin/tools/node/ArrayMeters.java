package dev.quoin.tools.node;

import dev.quoin.metrics.Meters;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.ArrayStatus.Counters;
import dev.quoin.raid.ArrayStatus.Health;
import dev.quoin.raid.BackgroundWork;
import dev.quoin.raid.RaidArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is told of the arrays that run, by the names of docs/metrics.md. Each value is asked for when somebody collects, so it costs requests
 * nothing, and an array that is stopped is not told of any more. Immutable.
 */
final class ArrayMeters implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ArrayMeters.class);

    private final Meters meters;
    private final Supplier<Map<String, RaidArray>> arrays;
    private final List<AutoCloseable> registered = new ArrayList<>();

    /**
     * Registers all.
     *
     * @param arrays those that run, by name
     */
    ArrayMeters(Meters meters, Supplier<Map<String, RaidArray>> arrays) {
        this.meters = meters;
        this.arrays = arrays;
        states();
        gauge("quoin_raid_degraded", "1 if redundancy is missing.", status -> isDegraded(status) ? 1 : 0);
        gauge("quoin_raid_size_bytes", "What the array offers.", ArrayStatus::sizeBytes);
        gauge(
                "quoin_raid_spares",
                "Devices that wait to take the role of a member that fails.",
                status -> status.spares().size());
        gauge("quoin_raid_bad_blocks", "Blocks of members that are known to be lost.", ArrayMeters::badBlocks);
        gauge(
                "quoin_raid_dirty_regions",
                "Regions of the write-intent bitmap that are marked.",
                ArrayStatus::dirtyRegions);
        for (BackgroundWork.Kind kind : BackgroundWork.Kind.values()) {
            String word = word(kind);
            register(meters.gauge(
                    "quoin_raid_" + word + "_ratio",
                    "How far a " + word + " is, from 0 to 1; 1 if none runs.",
                    () -> ofEach(array -> done(array, kind)),
                    "array"));
        }
        total("quoin_raid_read_blocks_total", "Blocks read from members.", Counters::blocksRead);
        total("quoin_raid_written_blocks_total", "Blocks put in place on members.", Counters::blocksWritten);
        total(
                "quoin_raid_checksum_errors_total",
                "Reads of a block that failed its checksum.",
                Counters::checksumErrors);
        total("quoin_raid_read_errors_total", "Reads that a member refused.", Counters::readErrors);
        total("quoin_raid_repaired_blocks_total", "Blocks made from others and written back.", Counters::repaired);
        total(
                "quoin_raid_unrepairable_blocks_total",
                "Blocks that could not be made from others.",
                Counters::unrepairable);
        total("quoin_raid_journal_batches_total", "Group commits of the journal.", Counters::journalBatches);
        total("quoin_raid_journal_syncs_total", "Flushes of the journal.", Counters::journalSyncs);
        total("quoin_raid_checkpoints_total", "How often room was made in the journal.", Counters::checkpoints);
    }

    private void states() {
        register(meters.gauge(
                "quoin_raid_state",
                "1 for the state that the array is in.",
                () -> {
                    Map<List<String>, Double> values = new HashMap<>();
                    statuses().forEach((name, status) -> {
                        for (Health health : Health.values()) {
                            values.put(List.of(name, word(health)), status.health() == health ? 1.0 : 0.0);
                        }
                    });
                    return values;
                },
                "array",
                "state"));
        register(meters.gauge(
                "quoin_raid_members",
                "Members by their states.",
                () -> {
                    Map<List<String>, Double> values = new HashMap<>();
                    statuses().forEach((name, status) -> {
                        for (String state : List.of("active", "rebuilding", "failed", "missing")) {
                            values.put(List.of(name, state), 0.0);
                        }
                        status.members()
                                .forEach(member -> values.merge(List.of(name, state(member)), 1.0, Double::sum));
                    });
                    return values;
                },
                "array",
                "state"));
    }

    private void gauge(String name, String help, ToDoubleFunction<ArrayStatus> value) {
        register(meters.gauge(name, help, () -> ofEach(array -> value.applyAsDouble(array.status())), "array"));
    }

    private void total(String name, String help, ToLongFunction<Counters> value) {
        register(meters.total(
                name,
                help,
                () -> ofEach(array -> value.applyAsLong(array.status().counters())),
                "array"));
    }

    private void register(AutoCloseable meter) {
        registered.add(meter);
    }

    private Map<List<String>, Double> ofEach(ToDoubleFunction<RaidArray> value) {
        Map<List<String>, Double> values = new HashMap<>();
        arrays.get().forEach((name, array) -> values.put(List.of(name), value.applyAsDouble(array)));
        return values;
    }

    private Map<String, ArrayStatus> statuses() {
        Map<String, ArrayStatus> statuses = new HashMap<>();
        arrays.get().forEach((name, array) -> statuses.put(name, array.status()));
        return statuses;
    }

    private static boolean isDegraded(ArrayStatus status) {
        return status.health() != Health.OPTIMAL;
    }

    private static double badBlocks(ArrayStatus status) {
        return status.members().stream()
                .mapToInt(ArrayStatus.MemberStatus::badBlocks)
                .sum();
    }

    private static double done(RaidArray array, BackgroundWork.Kind kind) {
        return array.works().stream()
                .filter(work -> work.kind() == kind && work.totalBytes() > 0)
                .mapToDouble(work -> (double) work.doneBytes() / work.totalBytes())
                .findFirst()
                .orElse(1);
    }

    /** As {@code quoin array show} has it. */
    private static String state(ArrayStatus.MemberStatus member) {
        return switch (member.state()) {
            case IN_SYNC -> "active";
            case REBUILDING -> "rebuilding";
            case FAILED -> member.device() == null ? "missing" : "failed";
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Tells nothing any more. Idempotent. */
    @Override
    public void close() {
        for (AutoCloseable meter : registered) {
            try {
                meter.close();
            } catch (Exception failure) {
                LOG.warn("a metric of arrays could not be ended", failure);
            }
        }
    }
}
