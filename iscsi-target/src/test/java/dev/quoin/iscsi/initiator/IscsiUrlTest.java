package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException;
import dev.quoin.iscsi.chap.ChapAlgorithm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proves that a URL is read in full or refused, and that secrets in one are refused without being shown. */
class IscsiUrlTest {

    private static final String PLAIN = "iscsi://[::1]:3261/iqn.2026-11.dev.quoin:x/7";

    @Test
    void urlWithEverything_isRead() throws Exception {
        assertThat(IscsiUrl.parse(PLAIN)).isEqualTo(new IscsiUrl("::1", 3261, "iqn.2026-11.dev.quoin:x", 7, null));
        IscsiUrl url = IscsiUrl.parse(PLAIN + "?initiator=iqn.x:i&chap-user=a%26b+c&chap-secret-file=/etc/quoin/own"
                + "&chap-target-user=t&chap-target-secret-file=/etc/quoin/the%20target");
        assertThat(url.initiatorName()).isEqualTo("iqn.x:i");
        assertThat(url.chap())
                .isEqualTo(new ChapFiles(
                        "a&b+c",
                        Path.of("/etc/quoin/own"),
                        new ChapFiles.Target("t", Path.of("/etc/quoin/the target")),
                        ChapAlgorithm.STRONGEST_FIRST));
        assertThat(IscsiUrl.parse(PLAIN + "?chap-user=a&chap-secret-file=/a&chap-algorithms=SHA1,MD5")
                        .chap())
                .isEqualTo(new ChapFiles("a", Path.of("/a"), null, List.of(ChapAlgorithm.SHA1, ChapAlgorithm.MD5)));
        assertThat(url).hasToString(PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?",
                "?initiator",
                "?initiator=",
                "?initiator=a&initiator=b",
                "?user=a",
                "?initiator=%zz",
                "?chap-user=a",
                "?chap-secret-file=/a",
                "?chap-target-user=a&chap-target-secret-file=/a",
                "?chap-user=a&chap-secret-file=",
                "?chap-user=a&chap-secret-file=/a&chap-target-user=b",
                "?chap-user=a&chap-secret-file=%00",
                "?chap-algorithms=MD5",
                "?chap-user=a&chap-secret-file=/a&chap-algorithms=MD4",
                "?chap-user=a&&chap-secret-file=/a"
            })
    void queryThatIsNone_isRefused(String query) {
        assertThatThrownBy(() -> IscsiUrl.parse(PLAIN + query))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(DeviceException.Code.UNSUPPORTED));
    }

    @Test
    void secretInTheUrl_isRefused_andNotShown() {
        assertThatThrownBy(() -> IscsiUrl.parse("iscsi://alice%verysecret@host:3260/iqn.x:t/0"))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("chap-secret-file")
                .hasMessageNotContaining("verysecret");
    }
}
