package dev.quoin.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.it.QuoinProcess;
import dev.quoin.it.linux.LinuxGuest.Said;
import dev.quoin.property.Property;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.Level;
import dev.quoin.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves with a Linux kernel as the judge that md reads from exported members what the array held, with all of them and without as many as the
 * level can do without, writes nothing when it is told so, finds every parity and copy right, and that Quoin notices when md has
 * written. Runs in {@code ./verify --full}.
 */
@Tag("linux-kernel")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LinuxMdIT {

    private static final Duration SCRIPT_MAX = Duration.ofMinutes(4);
    private static final int MEMBER = 12 << 20;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static final String FUNCTIONS = """
            set -e -o pipefail
            mkdir -p /run/mdadm
            md=/sys/block/md0/md
            disks() {
              for number in "$@"; do echo /dev/$(ls /sys/class/scsi_device/*:0:$number:0/device/block); done
            }
            check() {
              echo check >$md/sync_action
              until [ "$(cat $md/sync_action)" = idle ]; do sleep 0.1; done
              [ "$(cat $md/last_sync_action)" = check ]
              echo "mismatches $(cat $md/mismatch_cnt)"
            }
            """;

    /** An array; {@code without} are the members that it is also read without, as bits. */
    enum Kind {
        STRIPES(Level.RAID0, 3, 65536, false, 0),
        MIRROR(Level.RAID1, 2, 65536, true, 0b1),
        PARITY(Level.RAID5, 4, 16384, false, 0b100),
        USED_PARITY(Level.RAID5, 3, 65536, true, 0b1),
        DOUBLE_PARITY(Level.RAID6, 5, 65536, true, 0b10010),
        COPIES(Level.RAID10, 4, 131072, false, 0b1001),
        ODD_COPIES(Level.RAID10, 3, 4096, true, 0b10);

        private final Level level;
        private final int members;
        private final int chunk;
        private final boolean used;
        private final int without;

        Kind(Level level, int members, int chunk, boolean used, int without) {
            this.level = level;
            this.members = members;
            this.chunk = chunk;
            this.used = used;
            this.without = without;
        }
    }

    /** An exported array, its members, the copies of them that the guest has as disks, and what Quoin read from it. */
    private record Exported(List<Path> members, List<Path> disks, int first, long size, String digest) {}

    @TempDir
    static Path temp;

    private static final Map<Kind, Exported> EXPORTED = new EnumMap<>(Kind.class);
    private static LinuxGuest guest;

    @BeforeAll
    static void boot() throws Exception {
        Path made = GuestImage.made(temp);
        List<Path> disks = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Exported exported = export(kind, disks.size());
            EXPORTED.put(kind, exported);
            disks.addAll(exported.disks());
        }
        guest = LinuxGuest.boot(made, Files.createDirectory(temp.resolve("guest")), disks);
    }

    @AfterAll
    static void end() throws Exception {
        if (guest != null) {
            guest.close();
        }
    }

    private static Exported export(Kind kind, int first) throws Exception {
        String name = kind.name().toLowerCase(Locale.ROOT);
        RandomGenerator random = Property.random(SEED + kind.ordinal());
        List<Path> members = new ArrayList<>();
        List<BlockDevice> devices = new ArrayList<>();
        for (int role = 0; role < kind.members; role++) {
            Path member = temp.resolve(name + role);
            members.add(member);
            devices.add(kind.used ? new UsedFile(member, MEMBER, random) : FileDevice.create(member, MEMBER));
        }
        RaidArray array = RaidArray.create(new ArraySpec(name, kind.level, kind.chunk), devices);
        write(array, random);
        long size = array.geometry().size();
        String digest = digest(BlockIo.read(array, 0, Math.toIntExact(size)).array());
        array.close();
        devices.forEach(BlockDevice::close);

        List<String> line = new ArrayList<>(List.of("array", "export-md", name));
        members.forEach(member -> line.add("file:" + member));
        Process process = QuoinProcess.with(line).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();

        List<Path> disks = new ArrayList<>();
        for (Path member : members) {
            disks.add(Files.copy(member, temp.resolve(member.getFileName() + ".disk")));
        }
        return new Exported(members, disks, first, size, digest);
    }

    /** At random places, some of it zeroed or freed again; about half of the array is never written. */
    private static void write(RaidArray array, RandomGenerator random) throws Exception {
        int blocks = Math.toIntExact(array.geometry().size() / 4096);
        for (int i = 0; i < 120; i++) {
            int first = random.nextInt(blocks);
            int count = 1 + random.nextInt(Math.min(random.nextInt(4) == 0 ? 64 : 8, blocks - first));
            byte[] bytes = new byte[count * 4096];
            random.nextBytes(bytes);
            switch (random.nextInt(8)) {
                case 0 -> BlockIo.writeZeroes(array, first * 4096L, bytes.length, WriteMode.CACHED);
                case 1 -> BlockIo.discard(array, first * 4096L, bytes.length);
                default -> BlockIo.write(array, first * 4096L, ByteBuffer.wrap(bytes), WriteMode.CACHED);
            }
        }
    }

    private static String digest(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static String script(String script) throws IOException {
        Said said = guest.run(FUNCTIONS + script, SCRIPT_MAX);
        assertThat(said.status()).as("seed %d: %s", SEED, said.text()).isZero();
        return said.text();
    }

    private static String disks(Exported exported, int without) {
        List<String> numbers = new ArrayList<>();
        for (int role = 0; role < exported.disks().size(); role++) {
            if ((without & 1 << role) == 0) {
                numbers.add(String.valueOf(exported.first() + role));
            }
        }
        return "$(disks " + String.join(" ", numbers) + ")";
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void linux_readsWhatQuoinWrote_andFindsNoMismatch(Kind kind) throws Exception {
        Exported exported = EXPORTED.get(kind);
        String all = disks(exported, 0);
        assertThat(readOnly("", all)).as("seed %d", SEED).isEqualTo(expected(kind, exported, 0));
        if (kind.without != 0) {
            assertThat(readOnly("--run", disks(exported, kind.without)))
                    .as("seed %d", SEED)
                    .isEqualTo(expected(kind, exported, Integer.bitCount(kind.without)));
        }
        for (int role = 0; role < kind.members; role++) {
            assertThat(Files.mismatch(
                            exported.members().get(role), exported.disks().get(role)))
                    .as("member %d after Linux has read", role)
                    .isEqualTo(-1);
        }
        if (kind.level != Level.RAID0) {
            assertThat(script("mdadm --quiet --assemble /dev/md0 " + all + "\ncheck\nmdadm --quiet --stop /dev/md0"))
                    .isEqualTo("mismatches 0\n");
            writeByLinux(exported, all);
        }
        requireSameByQuoin(exported);
    }

    private static String readOnly(String option, String disks) throws IOException {
        return script("""
                set -- %2$s
                blockdev --setro "$@"
                mdadm --quiet --assemble --readonly %1$s /dev/md0 "$@"
                echo $(cat $md/array_state) $(cat $md/level) $(cat $md/degraded 2>/dev/null || echo 0)
                blockdev --getsize64 /dev/md0
                sha256sum </dev/md0
                mdadm --quiet --stop /dev/md0
                blockdev --setrw "$@"
                """.formatted(option, disks));
    }

    private static String expected(Kind kind, Exported exported, int missing) {
        return "readonly raid%d %d\n%d\n%s  -\n"
                .formatted(kind.level.number(), missing, exported.size(), exported.digest());
    }

    /** A member that is spoilt is found by the check, so it can find something; and what Linux writes through md is noticed. */
    private static void writeByLinux(Exported exported, String all) throws Exception {
        String found = script("""
                set -- %s
                offset=$(mdadm --examine $1 | sed -n 's/ *Data Offset : \\([0-9]*\\) sectors/\\1/p')
                dd if=/dev/urandom of=$1 bs=512 seek=$offset count=8 conv=fsync 2>/dev/null
                mdadm --quiet --assemble /dev/md0 "$@"
                check
                dd if=/dev/urandom of=/dev/md0 bs=4k count=1 oflag=direct 2>/dev/null
                mdadm --quiet --stop /dev/md0
                """.formatted(all));
        assertThat(found).startsWith("mismatches ").isNotEqualTo("mismatches 0\n");
        List<BlockDevice> written = open(exported.disks());
        try {
            assertThatThrownBy(() -> RaidArray.assemble(written))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("was used by Linux md since it was exported");
        } finally {
            written.forEach(BlockDevice::close);
        }
    }

    private static void requireSameByQuoin(Exported exported) throws Exception {
        List<BlockDevice> devices = open(exported.members());
        RaidArray array = RaidArray.assemble(devices);
        assertThat(digest(
                        BlockIo.read(array, 0, Math.toIntExact(exported.size())).array()))
                .isEqualTo(exported.digest());
        array.close();
        devices.forEach(BlockDevice::close);
    }

    private static List<BlockDevice> open(List<Path> files) throws Exception {
        List<BlockDevice> devices = new ArrayList<>();
        for (Path file : files) {
            devices.add(FileDevice.open(file, DeviceProvider.Access.READ_WRITE));
        }
        return devices;
    }
}
