package dev.quoin.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.it.linux.LinuxGuest.Said;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves that a Linux kernel with open-iscsi finds, uses, shares and keeps the units of a node: one node and one machine for all, initiators a and b
 * on it, and a second one where two are to differ. Runs in {@code ./verify --full}.
 */
@Tag("linux-kernel")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LinuxKernelIT {

    private static final Duration SCRIPT_MAX = Duration.ofMinutes(4);

    @TempDir
    static Path temp;

    private static Path made;
    private static LinuxGuest guest;
    private static ServedNode node;

    @BeforeAll
    static void boot() throws Exception {
        made = GuestImage.made(temp);
        node = ServedNode.start(Files.createDirectory(temp.resolve("node")));
        guest = boot("guest", "a b");
    }

    /** A machine on which these initiators have discovered the target. */
    private static LinuxGuest boot(String name, String initiators) throws Exception {
        LinuxGuest machine = LinuxGuest.boot(made, Files.createDirectory(temp.resolve(name)));
        try (InputStream shared = LinuxKernelIT.class.getResourceAsStream("initiator.sh")) {
            String functions = new String(shared.readAllBytes(), StandardCharsets.UTF_8);
            assertGood(machine.run(
                    "cat >/functions <<'END'\nPORTAL=%s TARGET=%s\n%s\nEND\n"
                            .formatted(node.portal(), ServedNode.TARGET, functions),
                    SCRIPT_MAX));
            script(machine, """
                    initiators %1$s
                    discover %2$s %1$s
                    for who in %1$s; do put $who node.session.initial_login_retry_max=1; done
                    """.formatted(initiators, ServedNode.SECRET));
            return machine;
        } catch (Exception | AssertionError failure) {
            machine.close();
            throw failure;
        }
    }

    @AfterAll
    static void end() throws Exception {
        if (guest != null) {
            guest.close();
        }
        if (node != null) {
            node.close();
        }
    }

    /** Each test begins without sessions, without reservations and with the same settings. */
    @AfterEach
    void logOut() throws IOException {
        run("""
                umount /mnt 2>/dev/null
                for who in a b; do
                  unit=$(disk $who 0 2>/dev/null) || continue
                  sg_persist -n -o -I -S 0xdead $unit && sg_persist -n -o -C -K 0xdead $unit
                done
                iscsiadm -m node --logoutall=all
                for who in a b; do
                  put $who node.session.initial_login_retry_max=1 node.session.auth.authmethod=CHAP node.session.auth.username=web1 node.session.auth.password=%s \\
                    node.session.auth.username_in= node.session.auth.password_in= node.session.auth.chap_algs=SHA256 \\
                    'node.conn[0].iscsi.HeaderDigest=None' 'node.conn[0].iscsi.DataDigest=None' \\
                    'node.conn[0].timeo.noop_out_interval=5' 'node.conn[0].timeo.noop_out_timeout=5'
                done
                """.formatted(ServedNode.SECRET));
    }

    private static void assertGood(Said said) {
        assertThat(said.status()).as(said.text()).isZero();
    }

    private static Said run(String script) throws IOException {
        return run(guest, script);
    }

    private static Said run(LinuxGuest machine, String script) throws IOException {
        return machine.run(". /functions\n" + script, SCRIPT_MAX);
    }

    /** Runs a script that ends at the first command that fails, and is expected to have none. */
    private static String script(String script) throws IOException {
        return script(guest, script);
    }

    private static String script(LinuxGuest machine, String script) throws IOException {
        Said said = run(machine, "set -e -o pipefail\n" + script);
        assertGood(said);
        return said.text();
    }

    private static void secrets(String who, String secret, String targetSecret, String algorithm) throws IOException {
        secrets(guest, who, secret, targetSecret, algorithm);
    }

    private static void secrets(LinuxGuest machine, String who, String secret, String targetSecret, String algorithm)
            throws IOException {
        script(machine, """
                put %s node.session.auth.authmethod=CHAP node.session.auth.username=web1 node.session.auth.password=%s \\
                  node.session.auth.username_in=alpha node.session.auth.password_in=%s node.session.auth.chap_algs=%s
                """.formatted(who, secret, targetSecret, algorithm));
    }

    private static void login(String who) throws IOException {
        login(guest, who);
    }

    private static void login(LinuxGuest machine, String who) throws IOException {
        secrets(machine, who, ServedNode.SECRET, ServedNode.TARGET_SECRET, "SHA256");
        script(machine, "login " + who + "; disk " + who + " 3");
    }

    @Test
    void discovery_tellsOfTheTarget_whoProvesItself_andNobodyElse() throws Exception {
        assertThat(script("discover " + ServedNode.SECRET + " a b"))
                .contains(node.portal() + ",1 " + ServedNode.TARGET);
        // Who is refused tries again for longer than there is to wait; the node's log tells why it got nothing.
        for (String secret : List.of("", "wrong-horse-1")) {
            long denied = denials();
            assertThat(run("timeout 20 bash -c '. /functions; discover \"%s\" a'".formatted(secret))
                            .status())
                    .isNotZero();
            assertThat(denials()).isGreaterThan(denied);
        }
        // A discovery that finds nothing forgets what an earlier one found.
        script("discover " + ServedNode.SECRET + " a b");
    }

    private static long denials() throws IOException {
        return node.log().lines().filter(line -> line.contains("login denied")).count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"MD5", "SHA1", "SHA256", "SHA3-256"})
    void mutualChap_isTheSameOnBothSides(String algorithm) throws Exception {
        secrets("a", ServedNode.SECRET, ServedNode.TARGET_SECRET, algorithm);
        script("login a; dd if=$(disk a 0) of=/dev/null bs=4k count=1; logout a");
        secrets("a", "wrong-horse-1", ServedNode.TARGET_SECRET, algorithm);
        assertThat(run("login a").status())
                .as("a wrong secret of the initiator")
                .isNotZero();
    }

    /** The initiator, which finds it out, tries again for a while and then gives up. */
    @Test
    void targetWithAWrongSecret_isNotTrusted() throws Exception {
        secrets("a", ServedNode.SECRET, "wrong-battery-2", "SHA256");
        Said refused = run("timeout 60 iscsiadm -m node -T $TARGET -I a --login");
        assertThat(refused.status()).as(refused.text()).isNotZero();
        assertThat(run("session a").status()).as("there is no session").isNotZero();
    }

    @ParameterizedTest
    @CsvSource({"CRC32C, CRC32C", "CRC32C, None", "None, CRC32C"})
    void digests_areAgreedOnAndRight(String header, String data) throws Exception {
        script("put a 'node.conn[0].iscsi.HeaderDigest=%s' 'node.conn[0].iscsi.DataDigest=%s'".formatted(header, data));
        login("a");
        assertThat(script("cat $(session a)/device/connection*/iscsi_connection/*/header_digest"
                        + " $(session a)/device/connection*/iscsi_connection/*/data_digest"))
                .isEqualTo((header.equals("None") ? "0\n" : "1\n") + (data.equals("None") ? "0\n" : "1\n"));
        script("""
                unit=$(disk a 1)
                dd if=/dev/urandom of=/tmp/data bs=64k count=64
                dd if=/tmp/data of=$unit bs=64k oflag=direct
                dd if=$unit bs=64k count=64 iflag=direct | busybox cmp - /tmp/data
                """);
    }

    @Test
    void fileSystem_keepsItsFiles() throws Exception {
        login("a");
        script("""
                unit=$(disk a 0)
                mkfs.ext4 -q -F $unit
                mount $unit /mnt
                dd if=/dev/urandom of=/mnt/file bs=1M count=16 conv=fsync
                sha256sum /mnt/file >/tmp/sum
                umount /mnt
                mount $unit /mnt
                sha256sum -c /tmp/sum
                umount /mnt
                e2fsck -f -n $unit
                """);
    }

    @Test
    void fio_verifiesWhatItWrote() throws Exception {
        login("a");
        assertThat(script("""
                fio --name=v --filename=$(disk a 0) --size=16M --rw=randrw --bs=4k-64k --iodepth=16 --ioengine=libaio --direct=1 \\
                  --verify=crc32c --do_verify=1 --norandommap=0
                """)).contains("err= 0");
    }

    /** Two units whose pool has room for one of them: what the first gives back the second can have. */
    @Test
    void fstrim_givesSpaceBackToThePool() throws Exception {
        login("a");
        String second = "dd if=/dev/urandom of=$(disk a 3) bs=1M count=80 oflag=direct conv=fsync";
        script("""
                unit=$(disk a 2)
                mkfs.ext4 -q -F -O ^has_journal $unit
                mount $unit /mnt
                dd if=/dev/urandom of=/mnt/large bs=1M count=80 conv=fsync
                """);
        Said full = run(second);
        assertThat(full.status())
                .as("the pool has room for one of the units: %s", full.text())
                .isNotZero();
        assertThat(full.text()).contains("No space left on device");
        script("rm /mnt/large; sync; fstrim -v /mnt");
        script(second);
        script("blkdiscard $(disk a 3); umount /mnt; e2fsck -f -n $(disk a 2)");
    }

    @Test
    void volumeThatGrows_isSeenAfterARescan_andItsFileSystemGrowsWithIt() throws Exception {
        assumeTrue(
                node.quoin("volume", "grow", "disk1", "--size", "64MiB", "--dry-run") == 0, "volumes cannot be grown");
        login("a");
        script("""
                unit=$(disk a 1)
                mkfs.ext4 -q -F $unit
                mount $unit /mnt
                dd if=/dev/urandom of=/mnt/file bs=1M count=16 conv=fsync
                sha256sum /mnt/file >/tmp/sum
                """);
        assertThat(node.quoin("volume", "grow", "disk1", "--size", "128MiB")).isZero();
        script("""
                unit=$(disk a 1)
                iscsiadm -m session --rescan
                [ $(blockdev --getsize64 $unit) = $((128 << 20)) ]
                resize2fs $unit
                [ $(df --output=size -k /mnt | tail -n 1) -gt $((96 << 10)) ]
                dd if=/dev/urandom of=/mnt/more bs=1M count=64 conv=fsync
                echo 3 >/proc/sys/vm/drop_caches
                sha256sum -c /tmp/sum
                umount /mnt
                e2fsck -f -n $unit
                """);
    }

    /** What fence_scsi of the cluster agents does, with two initiators. */
    @Test
    void persistentReservations_fenceTheOtherInitiator() throws Exception {
        login("a");
        login("b");
        String write = "dd if=/dev/zero of=$(disk %s 0) bs=4k count=1 oflag=direct";
        script("""
                a=$(disk a 0)
                b=$(disk b 0)
                sg_persist -n -o -I -S 0xa1 -Z $a
                sg_persist -n -o -I -S 0xb2 -Z $b
                sg_persist -n -o -R -K 0xa1 -T 5 $a
                sg_persist -n -i -r $b | grep -q 'Write Exclusive, registrants only'
                """);
        script(write.formatted("a"));
        script(write.formatted("b"));
        assertThat(script("sg_persist -n -i -k $(disk a 0)")).contains("0xa1", "0xb2");
        script("sg_persist -n -o -A -K 0xa1 -S 0xb2 -T 5 $(disk a 0)");
        assertThat(run(write.formatted("b")).status())
                .as("the fenced one writes")
                .isNotZero();
        assertThat(script("dmesg")).contains("reservation conflict");
        script("dd if=$(disk b 0) of=/dev/null bs=4k count=1 iflag=direct");
        script(write.formatted("a"));
        assertThat(script("sg_persist -n -i -k $(disk b 0)")).contains("0xa1").doesNotContain("0xb2");

        // The keys were to survive power loss.
        node.kill();
        node.restart();
        // Both are told of the restart first.
        script("for who in a b; do sg_turs -n 5 $(disk $who 0) || sg_turs $(disk $who 0); done");
        assertThat(script("sg_persist -n -i -k $(disk a 0)")).contains("0xa1");
        assertThat(run(write.formatted("b")).status())
                .as("the fenced one writes after the restart")
                .isNotZero();
        script(write.formatted("a"));
        script("sg_persist -n -o -I -S 0xb2 -Z $(disk b 0)");
        script(write.formatted("b"));
    }

    /** Each kernel has its own daemon, its own idea of the unit and no word of the other. */
    @Test
    void persistentReservations_fenceTheOtherMachine() throws Exception {
        try (LinuxGuest other = boot("other", "b")) {
            login("a");
            login(other, "b");
            String write = "dd if=/dev/zero of=$(disk %s 0) bs=4k count=1 oflag=direct";
            script("sg_persist -n -o -I -S 0xa1 $(disk a 0)");
            script("sg_persist -n -o -R -K 0xa1 -T 5 $(disk a 0)");
            assertThat(script(other, "sg_persist -n -i -r $(disk b 0)")).contains("Write Exclusive, registrants only");
            assertThat(run(other, write.formatted("b")).status())
                    .as("one that is not registered writes")
                    .isNotZero();
            script(other, "sg_persist -n -o -I -S 0xb2 $(disk b 0)");
            script(other, write.formatted("b"));
            script(write.formatted("a"));

            script("sg_persist -n -o -A -K 0xa1 -S 0xb2 -T 5 $(disk a 0)");
            assertThat(run(other, write.formatted("b")).status())
                    .as("the fenced one writes")
                    .isNotZero();
            assertThat(script(other, "dmesg")).contains("reservation conflict");
            script(other, "dd if=$(disk b 0) of=/dev/null bs=4k count=1 iflag=direct");
            script(write.formatted("a"));

            // It registers again and takes over.
            script(other, "sg_persist -n -o -I -S 0xb3 $(disk b 0)");
            script(other, "sg_persist -n -o -P -K 0xb3 -S 0xa1 -T 5 $(disk b 0)");
            assertThat(run(write.formatted("a")).status())
                    .as("the first is fenced in turn")
                    .isNotZero();
            script(other, write.formatted("b"));
            script(other, "sg_persist -n -o -C -K 0xb3 $(disk b 0); logout b");
        }
    }

    @Test
    void target_killedUnderLoad_losesNothing() throws Exception {
        login("a");
        script("""
                unit=$(disk a 1)
                (fio --name=k --filename=$unit --size=16M --rw=randwrite --bs=4k --iodepth=8 --ioengine=libaio --direct=1 --sync=dsync \\
                  --rate_iops=300 --verify=crc32c --do_verify=1 >/tmp/fio 2>&1; echo $? >/tmp/fio-status) &
                """);
        for (int kill = 1; kill <= 2; kill++) {
            int writes = 600 * kill;
            await().atMost(SCRIPT_MAX)
                    .until(() -> run("unit=$(disk a 1); set -- $(cat /sys/block/${unit##*/}/stat); [ $5 -ge %d ]"
                                            .formatted(writes))
                                    .status()
                            == 0);
            node.kill();
            node.restart();
        }
        await().atMost(SCRIPT_MAX).until(() -> run("[ -s /tmp/fio-status ]").status() == 0);
        assertThat(script("cat /tmp/fio; [ $(cat /tmp/fio-status) = 0 ]")).contains("err= 0");
    }

    /** The old connection goes silent, the initiator logs in again while the target still believes in it. */
    @Test
    void session_isReinstated_whenItsConnectionGoesSilent() throws Exception {
        script("put a 'node.conn[0].timeo.noop_out_interval=1' 'node.conn[0].timeo.noop_out_timeout=1'");
        login("a");
        String replaced = "replaced by a new login of the same initiator port";
        assertThat(node.log()).doesNotContain(replaced);
        script("""
                unit=$(disk a 1)
                old=$(busybox netstat -tn | busybox awk -v to=$PORTAL '$5 == to && $6 == "ESTABLISHED" { sub(/.*:/, "", $4); print $4 }')
                nft add table ip cut
                nft add chain ip cut out '{ type filter hook output priority 0; }'
                nft add rule ip cut out tcp sport $old drop
                dd if=/dev/urandom of=/tmp/data bs=64k count=16
                dd if=/tmp/data of=$unit bs=64k oflag=direct
                dd if=$unit bs=64k count=16 iflag=direct | busybox cmp - /tmp/data
                nft delete table ip cut
                """);
        assertThat(node.log()).contains(replaced);
    }
}
