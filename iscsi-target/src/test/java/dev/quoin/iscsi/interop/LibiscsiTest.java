package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.connection.ConnectionLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Proves that libiscsi's programs find no fault with the target. */
@Timeout(400)
class LibiscsiTest {

    private static final String PACKAGE = "libiscsi-bin";
    private static final Pattern TESTS = Pattern.compile("tests\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)");
    private static final Pattern SUITE = Pattern.compile("^Suite: (\\S+)");
    private static final Pattern SKIPPED = Pattern.compile("\\[SKIPPED\\] (.*)");

    /** In the suite of libiscsi 1.19. */
    private static final int TESTS_MIN = 230;

    /**
     * Suites that may leave tests out: for removable media, for other block sizes, for units that ask for an alignment. Those that
     * sanitize are run one by one.
     */
    private static final Set<String> MAY_SKIP = Set.of(
            "CompareAndWrite",
            "NoMedia",
            "PreventAllow",
            "ReadOnly",
            "Sanitize",
            "StartStopUnit",
            "WriteAtomic16",
            "WriteSame10",
            "WriteSame16");

    /** What the suite says of WRITE ATOMIC (16) where it is not offered. */
    private static final String NO_WRITE_ATOMIC = "WRITEATOMIC16 is not implemented";

    private static final boolean SLOW = Boolean.getBoolean("slow-sanitize");
    private static final String SANITIZE_RESET = "Reset";

    @Test
    void wholeSuite_overTwoPathsAndTwoInitiators_findsNoFault() throws Exception {
        Program suite = Program.require("iscsi-test-cu", PACKAGE);
        try (BlockDevice device = new MemoryDevice("memory", 512, 64 << 20);
                Exported exported = Exported.devices(device)) {
            Program.Result result = run(suite, exported, "ALL");
            assertThat(result.output()).doesNotContain(NO_WRITE_ATOMIC);
            Matcher tests = TESTS.matcher(result.output());
            assertThat(tests.find()).as(tail(result.output())).isTrue();
            assertThat(Integer.parseInt(tests.group(1))).isGreaterThanOrEqualTo(TESTS_MIN);
            assertThat(tests.group(3)).as(failures(result.output())).isEqualTo(tests.group(1));
            assertThat(tests.group(4)).isEqualTo("0");
            assertThat(suitesThatSkip(result.output())).isSubsetOf(MAY_SKIP);
        }
    }

    private static Program.Result run(Program suite, Exported exported, String tests, String... more)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(
                List.of("-d", "-V", "-i", "iqn.2026-11.dev.quoin:one", "-I", "iqn.2026-11.dev.quoin:two", "-t", tests));
        arguments.addAll(List.of(more));
        arguments.addAll(List.of(exported.text(0), exported.text(0)));
        return suite.run(Map.of(), arguments.toArray(String[]::new));
    }

    /** Those that sanitize, without the one that takes more than a minute unless {@code -Dslow-sanitize=true} is set. */
    static Stream<String> sanitizeTests() {
        Stream<String> quick = Stream.of(
                "BlockErase",
                "BlockEraseReserved",
                "CryptoErase",
                "CryptoEraseReserved",
                "ExitFailureMode",
                "InvalidServiceAction",
                "Overwrite",
                "OverwriteReserved",
                "Readonly",
                "Reservations");
        return SLOW ? Stream.concat(quick, Stream.of(SANITIZE_RESET)) : quick;
    }

    /** Each without a fault and without leaving anything out but what is never offered. */
    @ParameterizedTest
    @MethodSource("sanitizeTests")
    void sanitize_ofAUnitThatCan_findsNoFault(String test) throws Exception {
        Program suite = Program.require("iscsi-test-cu", PACKAGE);
        BlockDevice memory = new MemoryDevice("memory", 512, 16 << 20);
        // Long enough for what aborts and resets it to come while it runs.
        Executor slow = CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);
        // That one sleeps for a minute between its commands and answers no pings meanwhile.
        ConnectionLimits patient = new ConnectionLimits(
                Duration.ofSeconds(30), Duration.ofMinutes(10), Duration.ofMinutes(10), 8 << 20, Duration.ofSeconds(5));
        try (BlockDevice device =
                        test.equals(SANITIZE_RESET) ? new FaultyDevice(memory, new PowerSupply(1), slow) : memory;
                Exported exported = Exported.with(Exported.config(0, device).withLimits(patient))) {
            assertGood(run(suite, exported, "SCSI.Sanitize." + test, "-S"));
        }
    }

    private static void assertGood(Program.Result result) {
        Matcher tests = TESTS.matcher(result.output());
        assertThat(tests.find()).as(tail(result.output())).isTrue();
        assertThat(tests.group(1)).isEqualTo("1");
        assertThat(tests.group(3)).as(tail(result.output())).isEqualTo("1");
        assertThat(result.output().lines().filter(line -> SKIPPED.matcher(line).find()))
                .allMatch(line -> line.contains("CRYPTO"));
    }

    private static Set<String> suitesThatSkip(String output) {
        Set<String> skipping = new TreeSet<>();
        String suite = "";
        for (String line : output.lines().toList()) {
            Matcher begin = SUITE.matcher(line);
            if (begin.find()) {
                suite = begin.group(1);
            }
            if (SKIPPED.matcher(line).find()) {
                skipping.add(suite);
            }
        }
        return skipping;
    }

    private static String failures(String output) {
        return String.join(
                "\n",
                output.lines()
                        .filter(line -> line.contains("FAIL") || line.contains("Suite:"))
                        .toList());
    }

    private static String tail(String output) {
        return output.substring(Math.max(0, output.length() - 2_000));
    }

    @Test
    void login_thatIsRedirected_goesThere() throws Exception {
        Program inquiry = Program.require("iscsi-readcapacity16", PACKAGE);
        try (BlockDevice small = new MemoryDevice("memory", 512, 1 << 20);
                BlockDevice large = new MemoryDevice("memory", 4096, 8 << 20);
                Exported here = Exported.devices(small);
                Exported there = Exported.devices(large)) {
            here.target().redirect("127.0.0.1:" + there.target().port());
            assertThat(inquiry.good(here.text(0))).contains("Total size:" + (8 << 20));
            here.target().redirect(null);
            assertThat(inquiry.good(here.text(0))).contains("Total size:" + (1 << 20));
        }
    }

    @Test
    void smallPrograms_seeTheTargetAndItsUnits() throws Exception {
        try (BlockDevice small = new MemoryDevice("memory", 512, 1 << 20);
                BlockDevice large = new MemoryDevice("memory", 4096, 8 << 20);
                Exported exported = Exported.devices(small, large)) {
            String portal = "iscsi://127.0.0.1:" + exported.target().port();
            assertThat(Program.require("iscsi-ls", PACKAGE).good("-s", portal))
                    .contains("Target:" + Exported.NAME, "Lun:0", "Size:1023k", "Lun:1", "Size:7M");
            assertThat(Program.require("iscsi-inq", PACKAGE).good(exported.text(0)))
                    .contains("DIRECT_ACCESS", "Vendor:QUOIN", "SPC-4");
            assertThat(Program.require("iscsi-readcapacity16", PACKAGE).good(exported.text(1)))
                    .contains("LOGICAL BLOCK LENGTH IN BYTES:4096", "Total size:" + (8 << 20));
        }
    }
}
