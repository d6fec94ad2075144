package dev.quoin.tools.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.raid.ScrubMode;
import dev.quoin.raid.WorkLimits;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node has to know of the upkeep of its arrays at its next start, in the registry of the lock manager.
 *
 * <pre>
 * key                          | value, JSON in UTF-8
 * node/NODE/upkeep/ARRAY       | {"v":1,"min":BYTES,"max":BYTES or 0,"latencyMillis":NUMBER,"everyMillis":NUMBER or 0,
 *                              |  "checkOnly":TRUTH,"scrubbedAt":TIME or 0,"countedFrom":TIME or 0,"stopped":TRUTH}
 * </pre>
 *
 * <p>Any thread; all methods block.
 */
final class UpkeepRecords {

    private static final String KIND = "upkeep/";

    private final NodeRecords records;

    UpkeepRecords(NodeRecords records) {
        this.records = records;
    }

    Map<String, Upkeep> all() throws Fault {
        var all = new TreeMap<String, Upkeep>();
        for (Map.Entry<String, JsonNode> entry : records.range(KIND).entrySet()) {
            all.put(entry.getKey(), read(entry.getKey(), entry.getValue()));
        }
        return all;
    }

    void put(String array, Upkeep upkeep) throws Fault {
        WorkLimits limits = upkeep.limits();
        ObjectNode value = NodeRecords.versioned()
                .put("min", limits.minBytesPerSecond())
                .put("max", limits.maxBytesPerSecond() == WorkLimits.UNLIMITED ? 0 : limits.maxBytesPerSecond())
                .put("latencyMillis", limits.latencyBound().toMillis())
                .put("everyMillis", upkeep.scrubEvery().toMillis())
                .put("checkOnly", upkeep.scrubMode() == ScrubMode.CHECK)
                .put("scrubbedAt", upkeep.scrubbedAt())
                .put("countedFrom", upkeep.countedFrom())
                .put("stopped", upkeep.stopped());
        records.put(KIND + array, value);
    }

    private static Upkeep read(String array, JsonNode value) throws Fault {
        long max = value.path("max").asLong();
        try {
            return new Upkeep(
                    new WorkLimits(
                            value.path("min").asLong(),
                            max == 0 ? WorkLimits.UNLIMITED : max,
                            Duration.ofMillis(value.path("latencyMillis").asLong())),
                    Duration.ofMillis(value.path("everyMillis").asLong()),
                    value.path("checkOnly").asBoolean() ? ScrubMode.CHECK : ScrubMode.REPAIR,
                    value.path("scrubbedAt").asLong(),
                    value.path("countedFrom").asLong(),
                    value.path("stopped").asBoolean());
        } catch (IllegalArgumentException invalid) {
            throw new Fault(
                    ExitCode.FAILED,
                    "upkeep of array " + array,
                    "a record that makes no sense found: " + invalid.getMessage(),
                    "report it with the node's log",
                    invalid);
        }
    }
}
