package dev.quoin.iscsi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves which texts are key=value pairs, and that every limit holds at its value and not beyond it. */
class TextKeysTest {

    @Test
    void pairs_withPaddingAndWithoutLastNul_areRead() {
        assertThat(parse("A=1\0\0\0InitiatorName=iqn.x:ü\0B=a=b\0C="))
                .isEqualTo(new TextKeys(List.of(
                        new TextKeys.Pair("A", "1"),
                        new TextKeys.Pair("InitiatorName", "iqn.x:ü"),
                        new TextKeys.Pair("B", "a=b"),
                        new TextKeys.Pair("C", ""))));
        assertThat(parse("")).isEqualTo(new TextKeys(List.of()));
    }

    @Test
    void pairs_writtenAndRead_areTheSame() {
        TextKeys keys = new TextKeys(List.of(new TextKeys.Pair("A", "1"), new TextKeys.Pair("X-b#c", "")));
        assertThat(new String(keys.bytes(), StandardCharsets.UTF_8)).isEqualTo("A=1\0X-b#c=\0");
        assertThat(TextKeys.parse(keys.bytes())).isEqualTo(keys);
        assertThat(keys.value("A")).isEqualTo("1");
        assertThat(keys.value("B")).isNull();
    }

    @Test
    void brokenText_isMalformed_withItsReason() {
        assertThat(parse("A")).isEqualTo(new Malformed(Malformed.Reason.TRUNCATED, "key"));
        assertThat(parse("=1\0")).isEqualTo(new Malformed(Malformed.Reason.BAD_VALUE, "key"));
        assertThat(parse("a b=1\0")).isEqualTo(new Malformed(Malformed.Reason.NOT_TEXT, "key"));
        assertThat(TextKeys.parse(new byte[] {'A', '=', (byte) 0xC3, 0}))
                .isEqualTo(new Malformed(Malformed.Reason.NOT_TEXT, "value"));
    }

    @Test
    void limits_holdAtTheirValue_andNotBeyond() {
        assertThat(parse("k".repeat(TextKeys.KEY_BYTES_MAX) + "=1")).isInstanceOf(TextKeys.class);
        assertThat(parse("k".repeat(TextKeys.KEY_BYTES_MAX + 1) + "=1"))
                .isEqualTo(new Malformed(Malformed.Reason.TOO_LONG, "key"));
        assertThat(parse("k=" + "v".repeat(TextKeys.VALUE_BYTES_MAX))).isInstanceOf(TextKeys.class);
        assertThat(parse("k=" + "v".repeat(TextKeys.VALUE_BYTES_MAX + 1)))
                .isEqualTo(new Malformed(Malformed.Reason.TOO_LONG, "value"));
        assertThat(parse("k=\0".repeat(TextKeys.PAIRS_MAX))).isInstanceOf(TextKeys.class);
        assertThat(parse("k=\0".repeat(TextKeys.PAIRS_MAX + 1)))
                .isEqualTo(new Malformed(Malformed.Reason.TOO_MANY, "key"));
    }

    private static ParsedKeys parse(String text) {
        return TextKeys.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
