package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.chap.ChapAlgorithm;
import dev.quoin.iscsi.chap.ChapCredentials;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.chap.ChapUser;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that CHAP of ours is that of others: libiscsi logs in to our target, our initiator to tgt, one way and both. */
class ChapInteropTest {

    private static final int BLOCK = 512;
    private static final String SECRET = "correct-horse-battery";
    private static final String TARGET_SECRET = "the-targets-own-secret";
    private static final Map<String, String> ALICE =
            Map.of("LIBISCSI_CHAP_USERNAME", "alice", "LIBISCSI_CHAP_PASSWORD", SECRET);

    @TempDir
    Path directory;

    @Test
    void libiscsi_logsInOneWayAndMutual_andIsRefusedWithoutTheSecret() throws Exception {
        Program inquiry = Program.require("iscsi-inq", "libiscsi-bin");
        ChapAccess access =
                ChapAccess.of(ChapUser.of("alice", SECRET)).withMutual(ChapCredentials.of("target", TARGET_SECRET));
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, 4 << 20);
                Exported exported = Exported.with(Exported.config(0, memory).withChap(access))) {
            String url = exported.text(0);
            String withUser = url.replace("iscsi://", "iscsi://alice%" + SECRET + "@");
            assertThat(inquiry.run(Map.of(), withUser).output()).contains("Vendor:QUOIN");
            assertThat(inquiry.run(ALICE, url).output()).contains("Vendor:QUOIN");
            assertThat(inquiry.run(mutual(TARGET_SECRET), url).output()).contains("Vendor:QUOIN");
            assertThat(inquiry.run(mutual("not-the-targets-secret"), url).output())
                    .contains("Invalid CHAP_R")
                    .doesNotContain("Vendor");

            assertRefused(inquiry.run(Map.of(), url), "Authentication");
            assertRefused(inquiry.run(Map.of(), withUser.replace("horse", "house")), "Authentication");
            assertRefused(inquiry.run(Map.of(), withUser.replace("alice", "mallory")), "Authentication");

            Program list = Program.require("iscsi-ls", "libiscsi-bin");
            String portal = "127.0.0.1:" + exported.target().port();
            assertThat(list.run(ALICE, "iscsi://" + portal).output()).contains(Exported.NAME);
            assertThat(list.run(Map.of(), "iscsi://" + portal).output()).doesNotContain(Exported.NAME);
        }
    }

    private static Map<String, String> mutual(String targetSecret) {
        Map<String, String> all = new HashMap<>(ALICE);
        all.put("LIBISCSI_CHAP_TARGET_USERNAME", "target");
        all.put("LIBISCSI_CHAP_TARGET_PASSWORD", targetSecret);
        return all;
    }

    @Test
    void libiscsi_underANameThatIsNotListed_isRefused() throws Exception {
        Program inquiry = Program.require("iscsi-inq", "libiscsi-bin");
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, 4 << 20);
                Exported exported =
                        Exported.with(Exported.config(0, memory).withInitiators(Set.of("iqn.2026-11.dev.quoin:a")))) {
            assertThat(inquiry.run(Map.of(), "-i", "iqn.2026-11.dev.quoin:a", exported.text(0))
                            .output())
                    .contains("Vendor:QUOIN");
            assertRefused(inquiry.run(Map.of(), "-i", "iqn.2026-11.dev.quoin:b", exported.text(0)), "Authorization");
        }
    }

    private static void assertRefused(Program.Result result, String reason) {
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).containsIgnoringCase(reason).doesNotContain("Vendor");
    }

    @Test
    void ourInitiator_logsInToTgt_oneWayAndMutual() throws Exception {
        try (Tgt tgt = Tgt.start(directory)) {
            tgt.configure("account new --user alice --password " + SECRET);
            tgt.configure("account bind --tid 1 --user alice");
            IscsiUrl url = tgt.url();
            // tgt takes 7 for SHA1, which is 6; 7 is SHA-256.
            ChapLogin alice = ChapLogin.of("alice", SECRET).offering(List.of(ChapAlgorithm.SHA1, ChapAlgorithm.MD5));
            writesAndReads(url, alice);
            assertThatThrownBy(() -> writesAndReads(
                            url, ChapLogin.of("alice", "wrong-horse-battery").offering(List.of(ChapAlgorithm.MD5))))
                    .hasMessageContaining("login refused with status 02");

            tgt.configure("account new --user target --password " + TARGET_SECRET);
            tgt.configure("account bind --tid 1 --user target --outgoing");
            writesAndReads(url, alice.expecting("target", TARGET_SECRET));
            assertThatThrownBy(() -> writesAndReads(url, alice.expecting("target", "not-the-targets-secret")))
                    .hasMessageContaining("wrong CHAP response of target user");
        }
    }

    private static void writesAndReads(IscsiUrl url, ChapLogin login) throws Exception {
        InitiatorConfig config = InitiatorConfig.of(Exported.INITIATOR).withChap(login);
        try (IscsiDevice device = IscsiDevice.open(url, config, Access.READ_WRITE)) {
            BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK).putInt(0, 0x600D), WriteMode.CACHED);
            assertThat(BlockIo.read(device, 0, BLOCK).getInt(0)).isEqualTo(0x600D);
        }
    }
}
