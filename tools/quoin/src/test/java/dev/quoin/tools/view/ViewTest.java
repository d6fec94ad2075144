package dev.quoin.tools.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.DlmInfo;
import dev.quoin.admin.proto.DlmMember;
import dev.quoin.admin.proto.DlmPeerInfo;
import dev.quoin.admin.proto.FileSystemInfo;
import dev.quoin.admin.proto.Health;
import dev.quoin.admin.proto.HealthCheck;
import dev.quoin.admin.proto.LockInfo;
import dev.quoin.admin.proto.LockWait;
import dev.quoin.admin.proto.LunInfo;
import dev.quoin.admin.proto.MemberInfo;
import dev.quoin.admin.proto.NodeInfo;
import dev.quoin.admin.proto.PeerInfo;
import dev.quoin.admin.proto.PortalInfo;
import dev.quoin.admin.proto.RangeInfo;
import dev.quoin.admin.proto.ReservationInfo;
import dev.quoin.admin.proto.ReservationKey;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.admin.proto.TargetSession;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.admin.proto.WorkReport;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.FakeTerminal;
import dev.quoin.tools.output.FaultPrinter;
import dev.quoin.tools.output.OutputFormat;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Proves that what programs and people read stays as it is: each form of output is compared with the file that was agreed on. A
 * difference is a change of the interface.
 */
class ViewTest {

    private static final ArrayInfo ARRAY = ArrayInfo.newBuilder()
            .setName("main")
            .setUuid("0190b0c4-0000-7000-8000-000000000001")
            .setLevel("5")
            .setState("degraded")
            .setSizeBytes(3L << 30)
            .setChunkBytes(64 << 10)
            .setJournal("full")
            .addMembers(member(0, "active", "file:/d/member0"))
            .addMembers(member(1, "missing", ""))
            .build();

    private static final ArrayInfo ON_DISKS = ARRAY.toBuilder()
            .clearMembers()
            .addMembers(member(0, "active", "file:/dev/disk/by-id/ata-A").toBuilder()
                    .setSerial("S4EWNX0M000001"))
            .addMembers(member(1, "missing", "file:/dev/disk/by-id/ata-B").toBuilder()
                    .setSizeBytes(0)
                    .setSerial("S4EWNX0M000002"))
            .addMembers(member(2, "failed", "file:/d/member2"))
            .addSpares("file:/dev/disk/by-id/ata-D")
            .build();

    private static final List<VolumeInfo> VOLUMES = List.of(
            VolumeInfo.newBuilder()
                    .setName("disk0")
                    .setPool("main")
                    .setSizeBytes(1L << 30)
                    .setLun(0)
                    .build(),
            VolumeInfo.newBuilder()
                    .setName("inside")
                    .setPool("main")
                    .setSizeBytes(1_500_000_000)
                    .build());

    private static final FileSystemInfo FILE_SYSTEM = FileSystemInfo.newBuilder()
            .setVolume("shared0")
            .addNodes("node-a")
            .addNodes("node-b")
            .setSizeBytes(1L << 30)
            .setFreeBytes(900L << 20)
            .build();

    private static final StatusReply STATUS = StatusReply.newBuilder()
            .setHealth(Health.HEALTH_WARN)
            .addChecks(HealthCheck.newBuilder()
                    .setName("RAID_DEGRADED")
                    .setHealth(Health.HEALTH_WARN)
                    .setObject("array main")
                    .setSummary("1 of 2 members active")
                    .setNext("quoin array replace main 1"))
            .setNode(NodeInfo.newBuilder()
                    .setName("demo")
                    .setVersion("0.1.0")
                    .setPid(42)
                    .setStartedAt(Instant.parse("2026-11-23T10:00:00Z").toEpochMilli())
                    .setDirectory("/d"))
            .addPeers(PeerInfo.newBuilder().setId("a").setState("leader").setAddress("127.0.0.1:7201"))
            .addArrays(ARRAY)
            .addAllVolumes(VOLUMES)
            .addTargets(TargetInfo.newBuilder()
                    .setName("iqn.2026-11.dev.quoin:demo")
                    .addPortals("127.0.0.1:3260,1")
                    .setEverybody(true)
                    .addSessions(session("iqn.2026-11.dev.quoin:node-a:7"))
                    .addSessions(session("iqn.2026-11.dev.quoin:node-b:8"))
                    .addLuns(LunInfo.newBuilder().setLun(0).setVolume("disk0").setSizeBytes(1L << 30)))
            .addFileSystems(FILE_SYSTEM)
            .build();

    private static final TargetInfo TARGET = TargetInfo.newBuilder()
            .setName("iqn.2026-11.org.example:web")
            .addPortals("10.0.0.1:3260,2")
            .addPortals("10.1.0.1:3260,3")
            .addGroups(2)
            .addGroups(3)
            .addInitiators("iqn.2026-11.org.example:web1")
            .addInitiators("iqn.2026-11.org.example:web2")
            .addSessions(session("iqn.2026-11.org.example:web1"))
            .addLuns(LunInfo.newBuilder().setLun(0).setVolume("disk0").setSizeBytes(1L << 30))
            .addLuns(LunInfo.newBuilder()
                    .setLun(7)
                    .setVolume("inside")
                    .setSizeBytes(64L << 20)
                    .setReadOnly(true)
                    .addInitiators("iqn.2026-11.org.example:web1"))
            .build();

    private static final List<PortalInfo> PORTALS = List.of(
            PortalInfo.newBuilder()
                    .setAddress("10.0.0.1:3260")
                    .setGroup(2)
                    .setWeight(100)
                    .setConnections(3)
                    .setState("open")
                    .build(),
            PortalInfo.newBuilder()
                    .setAddress("0.0.0.0:13260")
                    .setGroup(3)
                    .setWeight(200)
                    .setState("draining")
                    .addAnnounced("storage.example:3260")
                    .build());

    private final FakeTerminal terminal = FakeTerminal.script();
    private final Golden golden = new Golden(terminal);

    private static TargetSession session(String initiator) {
        return TargetSession.newBuilder()
                .setInitiator(initiator)
                .setIsid("00023d000001")
                .setTsih(5)
                .setPeer("10.0.0.9:50123")
                .setGroup(2)
                .build();
    }

    @Test
    void targets_printed_areAsAgreed() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            TargetView.print(terminal.terminal(), format, TARGET);
            golden.assertPrinted("target", format);
            TargetView.TARGETS.print(terminal.terminal(), format, List.of(TARGET));
            golden.assertPrinted("targets", format);
            TargetView.PORTALS.print(terminal.terminal(), format, PORTALS);
            golden.assertPrinted("portals", format);
            TargetView.LOGINS.print(
                    terminal.terminal(),
                    format,
                    List.of(new TargetView.Login(TARGET.getName(), TARGET.getSessions(0))));
            golden.assertPrinted("logins", format);
        }
    }

    @Test
    void status_printed_isAsAgreed() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            StatusView.print(terminal.terminal(), format, STATUS, Instant.parse("2026-11-23T10:03:12Z"));
            golden.assertPrinted("status", format);
        }
        assertThat(StatusView.exitCode(STATUS)).isEqualTo(ExitCode.DEGRADED);
    }

    @Test
    void status_byHealth_endsAsTheTableSays() {
        assertThat(StatusView.exitCode(health(Health.HEALTH_OK))).isEqualTo(ExitCode.DONE);
        assertThat(StatusView.exitCode(health(Health.HEALTH_WARN))).isEqualTo(ExitCode.DEGRADED);
        assertThat(StatusView.exitCode(health(Health.HEALTH_CRIT))).isEqualTo(ExitCode.CRITICAL);
    }

    @Test
    void arrays_printed_areAsAgreed() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            ArrayView.ARRAYS.print(terminal.terminal(), format, List.of(ARRAY));
            golden.assertPrinted("array-list", format);
            ArrayView.print(terminal.terminal(), format, ARRAY);
            golden.assertPrinted("array-show", format);
            ArrayView.print(terminal.terminal(), format, ON_DISKS);
            golden.assertPrinted("array-show-disks", format);
        }
    }

    @Test
    void volumes_printed_areAsAgreed() throws IOException {
        for (OutputFormat format : OutputFormat.values()) {
            VolumeView.VOLUMES.print(terminal.terminal(), format, VOLUMES);
            golden.assertPrinted("volume-list", format);
            VolumeView.print(terminal.terminal(), format, VOLUMES.getFirst());
            golden.assertPrinted("volume-show", format);
        }
    }

    @Test
    void reservations_printed_areAsAgreed() throws IOException {
        ReservationInfo reservations = ReservationInfo.newBuilder()
                .setVolume("disk0")
                .setGeneration(3)
                .setSurvivesPowerLoss(true)
                .setType("write exclusive registrants only")
                .addKeys(ReservationKey.newBuilder()
                        .setKey(0xa1)
                        .setInitiator("iqn.2026-11.org.example:a")
                        .setIsid("00023d000001")
                        .setTargetPort(1)
                        .setHolder(true))
                .addKeys(ReservationKey.newBuilder()
                        .setKey(-1)
                        .setInitiator("iqn.2026-11.org.example:b")
                        .setIsid("00023d000002")
                        .setTargetPort(1))
                .build();
        for (OutputFormat format : OutputFormat.values()) {
            ReservationView.print(terminal.terminal(), format, reservations);
            golden.assertPrinted("reservations", format);
        }
    }

    @Test
    void locks_printed_areAsAgreed() throws IOException {
        List<LockInfo> locks = List.of(
                LockInfo.newBuilder()
                        .setLock(3)
                        .setSince(Instant.parse("2026-11-23T10:00:00Z").toEpochMilli())
                        .addParents("jobs")
                        .setLockspace("cli")
                        .setResource("backup")
                        .setSession(7)
                        .setNode("cli-42")
                        .setGranted("EX")
                        .setToken(99)
                        .build(),
                LockInfo.newBuilder()
                        .setLock(4)
                        .setSince(Instant.parse("2026-11-23T10:00:00Z").toEpochMilli())
                        .setLockspace("cli")
                        .setResource("backup")
                        .setSession(8)
                        .setNode("cli-43")
                        .setWanted("PR")
                        .setSessionEnded(true)
                        .build());
        for (OutputFormat format : OutputFormat.values()) {
            LockView.LOCKS.print(terminal.terminal(), format, locks);
            golden.assertPrinted("lock-list", format);
        }
    }

    private static final long TEN = Instant.parse("2026-11-23T10:00:00Z").toEpochMilli();

    private static LockInfo lock(long id, String node, String granted, String wanted) {
        return LockInfo.newBuilder()
                .setLock(id)
                .setSince(TEN)
                .setLockspace("apps")
                .setResource("orders")
                .setSession(id)
                .setNode(node)
                .setGranted(granted)
                .setWanted(wanted)
                .build();
    }

    @Test
    void waits_printed_areAsAgreed() throws IOException {
        List<LockWait> waits = List.of(LockWait.newBuilder()
                .setWaiter(lock(8, "web2", "", "PR"))
                .setBlocker(lock(7, "web1", "EX", ""))
                .build());
        for (OutputFormat format : OutputFormat.values()) {
            LockView.WAITS.print(terminal.terminal(), format, waits);
            golden.assertPrinted("lock-waiters", format);
        }
    }

    @Test
    void ranges_printed_areAsAgreed() throws IOException {
        List<RangeInfo> ranges = List.of(
                RangeInfo.newBuilder()
                        .setStart(0)
                        .setEnd(4095)
                        .setKind("read")
                        .setSession(7)
                        .setNode("web1")
                        .setOwner(3)
                        .setToken(12)
                        .build(),
                RangeInfo.newBuilder()
                        .setStart(4096)
                        .setEnd(Long.MAX_VALUE)
                        .setKind("write")
                        .setSession(8)
                        .setNode("web2")
                        .setOwner(4)
                        .setToken(13)
                        .build());
        for (OutputFormat format : OutputFormat.values()) {
            LockView.RANGES.print(terminal.terminal(), format, ranges);
            golden.assertPrinted("lock-ranges", format);
        }
    }

    @Test
    void sessions_printed_areAsAgreed() throws IOException {
        List<SessionInfo> sessions = List.of(
                SessionInfo.newBuilder()
                        .setSession(7)
                        .setNode("web1")
                        .setState("alive")
                        .setLocks(2)
                        .setLeaseMillis(10_000)
                        .setLeaseLeftMillis(8_500)
                        .setSince(TEN)
                        .setRemote("/10.0.0.7:4711")
                        .setIdentity("node web1")
                        .build(),
                SessionInfo.newBuilder()
                        .setSession(6)
                        .setNode("web2")
                        .setState("ended")
                        .setLocks(1)
                        .setLeaseMillis(10_000)
                        .setSince(TEN)
                        .build());
        for (OutputFormat format : OutputFormat.values()) {
            LockView.SESSIONS.print(terminal.terminal(), format, sessions);
            golden.assertPrinted("session-list", format);
        }
    }

    @Test
    void lockManager_printed_isAsAgreed() throws IOException {
        DlmInfo info = DlmInfo.newBuilder()
                .setLeader("a")
                .setTerm(3)
                .setLocks(12)
                .setSessions(2)
                .setWaiters(1)
                .addWarnings("member c is silent")
                .addPeers(peer("a", "leader").setLag(0))
                .addPeers(peer("b", "follower").setLag(7).setSilentMillis(20))
                .addPeers(DlmPeerInfo.newBuilder()
                        .setMember(DlmMember.newBuilder()
                                .setId("c")
                                .setPeerAddress("host3:7001")
                                .addClientAddresses("host3:7002")
                                .setWitness(true))
                        .setRole("unreachable")
                        .setSilentMillis(4_000))
                .build();
        for (OutputFormat format : OutputFormat.values()) {
            DlmView.print(terminal.terminal(), format, info);
            golden.assertPrinted("dlm-status", format);
            DlmView.MEMBERS.print(terminal.terminal(), format, info.getPeersList());
            golden.assertPrinted("dlm-members", format);
        }
        assertThat(DlmView.exitCode(info)).isEqualTo(ExitCode.DEGRADED);
        assertThat(DlmView.exitCode(info.toBuilder().clearWarnings().build())).isEqualTo(ExitCode.DONE);
        assertThat(DlmView.exitCode(info.toBuilder().setLeader("").build())).isEqualTo(ExitCode.NO_QUORUM);
    }

    private static DlmPeerInfo.Builder peer(String id, String role) {
        return DlmPeerInfo.newBuilder()
                .setMember(DlmMember.newBuilder()
                        .setId(id)
                        .setPeerAddress("host-" + id + ":7001")
                        .addClientAddresses("host-" + id + ":7002"))
                .setRole(role)
                .setTerm(3)
                .setAppliedIndex(100)
                .setSnapshotIndex(80)
                .setLogBytes(4 << 20)
                .setDigest("c0ffee")
                .setTransport("socket")
                .setTls(true);
    }

    @Test
    void files_printed_areAsAgreed() throws IOException {
        List<DirectoryEntry> entries = List.of(
                DirectoryEntry.newBuilder()
                        .setName("docs")
                        .setType("directory")
                        .setMode(0755)
                        .setModifiedAt(Instant.parse("2026-11-23T10:00:00.250Z").toEpochMilli())
                        .build(),
                DirectoryEntry.newBuilder()
                        .setName("README.md")
                        .setType("file")
                        .setMode(0644)
                        .setSizeBytes(3_500)
                        .setModifiedAt(Instant.parse("2026-11-23T10:00:01Z").toEpochMilli())
                        .build());
        var check = CheckFileSystemReply.newBuilder()
                .setVolume("shared0")
                .addFindings("block 77: marked used, nobody uses it")
                .setFiles(12)
                .setDirectories(3)
                .setUsedBytes(5 << 20)
                .build();
        for (OutputFormat format : OutputFormat.values()) {
            FileView.ENTRIES.print(terminal.terminal(), format, entries);
            golden.assertPrinted("fs-ls", format);
            FileView.print(terminal.terminal(), format, FILE_SYSTEM);
            golden.assertPrinted("fs-show", format);
            FileView.printCheck(terminal.terminal(), format, check);
            golden.assertPrinted("fs-fsck", format);
        }
    }

    @Test
    void work_printed_isAsAgreed() throws IOException {
        var report = WorkReport.newBuilder()
                .setWork("scrub")
                .setObject("main")
                .setDoneBytes(4L << 30)
                .setRepairedBlocks(2)
                .setTookMillis(12_000)
                .build();
        for (OutputFormat format : OutputFormat.values()) {
            WorkView.print(terminal.terminal(), format, report);
            golden.assertPrinted("work", format);
        }
    }

    @Test
    void fault_printed_goesToStandardErrorOnly() {
        var fault = Fault.notFound("array mian", "no such array; 'main' exists", "quoin array list");

        FaultPrinter.print(terminal.terminal(), OutputFormat.TABLE, fault);
        assertThat(terminal.err())
                .isEqualToNormalizingNewlines(
                        "quoin: array mian: no such array; 'main' exists\n  next: quoin array list\n");
        terminal.clear();
        FaultPrinter.print(terminal.terminal(), OutputFormat.JSON, fault);
        assertThat(terminal.err())
                .isEqualToNormalizingNewlines(
                        "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no such array; 'main' exists\","
                                + "\"object\":\"array mian\",\"next\":\"quoin array list\"}}\n");
        assertThat(terminal.out()).isEmpty();
    }

    private static StatusReply health(Health health) {
        return StatusReply.newBuilder().setHealth(health).build();
    }

    private static MemberInfo member(int role, String state, String device) {
        return MemberInfo.newBuilder()
                .setRole(role)
                .setState(state)
                .setDevice(device)
                .setSizeBytes(1L << 30)
                .build();
    }
}
