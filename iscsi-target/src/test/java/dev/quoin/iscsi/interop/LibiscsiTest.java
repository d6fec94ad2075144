package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.Exported;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that libiscsi's programs find no fault with the target. */
@Timeout(180)
class LibiscsiTest {

    private static final String PACKAGE = "libiscsi-bin";
    private static final Pattern TESTS = Pattern.compile("tests\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)");
    private static final Pattern SUITE = Pattern.compile("^Suite: (\\S+)");
    private static final Pattern SKIPPED = Pattern.compile("\\[SKIPPED\\] (.*)");

    /** In the suite of libiscsi 1.19. */
    private static final int TESTS_MIN = 230;

    /** Suites that may leave tests out: for removable media, for what no store here can honour, for other block sizes. */
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

    @Test
    void wholeSuite_overTwoPathsAndTwoInitiators_findsNoFault() throws Exception {
        Program suite = Program.require("iscsi-test-cu", PACKAGE);
        try (BlockDevice device = new MemoryDevice("memory", 512, 64 << 20);
                Exported exported = Exported.devices(device)) {
            Program.Result result = suite.run(
                    Map.of(),
                    "-d",
                    "-S",
                    "-V",
                    "-i",
                    "iqn.2026-11.dev.quoin:one",
                    "-I",
                    "iqn.2026-11.dev.quoin:two",
                    "-t",
                    "ALL",
                    exported.text(0),
                    exported.text(0));
            Matcher tests = TESTS.matcher(result.output());
            assertThat(tests.find()).as(tail(result.output())).isTrue();
            assertThat(Integer.parseInt(tests.group(1))).isGreaterThanOrEqualTo(TESTS_MIN);
            assertThat(tests.group(3)).as(failures(result.output())).isEqualTo(tests.group(1));
            assertThat(tests.group(4)).isEqualTo("0");
            assertThat(suitesThatSkip(result.output())).isSubsetOf(MAY_SKIP);
        }
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
