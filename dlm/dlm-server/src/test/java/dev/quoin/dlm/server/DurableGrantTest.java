package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that a grant is on the disks of a majority before its client hears of it: the running Java records each time that a file is forced to
 * the disk, and between question and answer two of three logs must have been.
 */
class DurableGrantTest {

    private static final int GRANTS = 50;
    private static final String EVENT = "quoin.test.Grant";

    @TempDir
    Path dir;

    /** From the question to the answer. */
    @Name(EVENT)
    private static final class Grant extends Event {}

    private Set<Path> logsForcedWithin(RecordedEvent grant, List<RecordedEvent> forces) {
        Set<Path> peers = new HashSet<>();
        for (RecordedEvent force : forces) {
            Path file = Path.of(force.getString("path"));
            // The log's own thread goes on only after the force; its helper (the name with "-flush") would prove
            // nothing.
            if (force.getThread().getJavaName().endsWith("SegmentedRaftLogWorker")
                    && file.startsWith(dir)
                    && file.toString().contains("/raft/")
                    && force.getEndTime().isAfter(grant.getStartTime())
                    && force.getEndTime().isBefore(grant.getEndTime())) {
                peers.add(dir.relativize(file).getName(0));
            }
        }
        return peers;
    }

    @Test
    void grant_isForcedToTheDisksOfAMajority_beforeItIsTold() throws Exception {
        Path recorded = dir.resolve("recording.jfr");
        try (Recording recording = new Recording();
                Cluster cluster = new Cluster(dir, 3).startAll();
                LockClient client = cluster.connect("a")) {
            recording.enable("jdk.FileForce").withoutThreshold();
            recording.enable(EVENT).withoutThreshold();
            Lockspace space = client.lockspace("s", SessionEndPolicy.RELEASE);
            recording.start();
            for (int i = 0; i < GRANTS; i++) {
                Grant grant = new Grant();
                grant.begin();
                space.acquire(ResourceName.of("r" + i), LockRequest.of(LockMode.EX))
                        .orThrow();
                grant.commit();
            }
            recording.stop();
            recording.dump(recorded);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(recorded);
        List<RecordedEvent> forces = events.stream()
                .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
                .toList();
        List<RecordedEvent> grants = events.stream()
                .filter(event -> event.getEventType().getName().equals(EVENT))
                .toList();
        assertThat(grants).hasSize(GRANTS);
        assertThat(grants)
                .allSatisfy(grant -> assertThat(logsForcedWithin(grant, forces)).hasSizeGreaterThanOrEqualTo(2));
    }
}
