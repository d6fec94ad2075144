package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.wire.Response;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that an initiator finds all targets that are for it, however many there are and however little it takes at once. */
@Timeout(60)
class SendTargetsTest {

    private static final String WEB = "iqn.2026-11.test:web";
    private static final int LEAST_SEGMENT = 512;

    @Test
    void moreThanAHundredTargets_areTold_inSegmentsAsSmallAsTheyMayBe() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Hosted hosted = Hosted.of(Hosted.portals(1, 2))) {
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < IscsiServerConfig.TARGETS_MAX; i++) {
                String name = "t%03d-".formatted(i) + "x".repeat(i % 150);
                TargetDefinition target = Hosted.target(name, i, device);
                boolean hidden = i % 3 == 0;
                hosted.server().addTarget(hidden ? target.withAccess(AccessList.of(Set.of())) : target);
                if (!hidden) {
                    expected.append("TargetName=")
                            .append(Hosted.name(name))
                            .append("\0TargetAddress=127.0.0.1:")
                            .append(hosted.port(0))
                            .append(",1\0TargetAddress=127.0.0.1:")
                            .append(hosted.port(1))
                            .append(",2\0");
                }
            }
            assertThatThrownBy(() -> hosted.server().addTarget(Hosted.target("more", 0, device)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(expected.length()).isGreaterThan(40 * LEAST_SEGMENT);
            assertThat(hosted.discover(0, WEB, "All", "MaxRecvDataSegmentLength=512\0"))
                    .isEqualTo(expected.toString());
            assertThat(hosted.discover(0, WEB, "All", "MaxRecvDataSegmentLength=16777215\0"))
                    .isEqualTo(expected.toString());
        }
    }

    @Test
    void answerInParts_fitsTheSegments_andIsFetchedByItsTag() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Hosted hosted = Hosted.of(Hosted.portals(1));
                RawInitiator raw = new RawInitiator(hosted.port(0))) {
            for (int i = 0; i < 20; i++) {
                hosted.server().addTarget(Hosted.target("target-" + i, i, device));
            }
            raw.login(WEB, 1, "SessionType=Discovery\0MaxRecvDataSegmentLength=512\0");
            RawInitiator.Received first = raw.text(true, false, 5, -1, "SendTargets=All\0");
            Response.TextResponse header = (Response.TextResponse) first.header();
            assertThat(header.isFinal()).isFalse();
            assertThat(header.continues()).isTrue();
            assertThat(header.initiatorTaskTag()).isEqualTo(5);
            assertThat(first.data().length).isLessThanOrEqualTo(LEAST_SEGMENT);
            assertThat(raw.text(true, false, 5, header.targetTransferTag() + 1, "")
                            .header())
                    .isInstanceOf(Response.Reject.class);
            // What was not fetched is dropped, and the same question can be asked again.
            assertThat(raw.sendTargets("All")).startsWith(new String(first.data(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void normalSession_isToldOfItsOwnTargetOnly() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Hosted hosted =
                        Hosted.of(Hosted.portals(1), Hosted.target("one", 0, device), Hosted.target("two", 1, device));
                RawInitiator raw = hosted.login(0, "one", WEB, 1)) {
            String own = "TargetName=" + Hosted.name("one") + "\0TargetAddress=127.0.0.1:" + hosted.port(0) + ",1\0";
            assertThat(raw.sendTargets("")).isEqualTo(own);
            assertThat(raw.sendTargets(Hosted.name("one"))).isEqualTo(own);
            assertThat(raw.sendTargets(Hosted.name("two"))).isEmpty();
            assertThat(raw.sendTargets("All")).isEqualTo("SendTargets=Reject\0");
        }
    }
}
