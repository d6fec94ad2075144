package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.iscsi.wire.TextKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Proves how long texts go to and fro in parts, and that parts out of turn are rejected. */
class TextExchangeTest {

    private static final int NONE = -1;
    private static final int TAG = 7;
    private static final int SEGMENT = 512;
    private static final int PAIRS = 100;

    private final TextExchange exchange = new TextExchange(
            value -> switch (value) {
                case "All" -> Optional.of(many());
                case "" -> Optional.of(List.of(new TextKeys.Pair("TargetName", "iqn.x:own")));
                default -> Optional.empty();
            },
            SEGMENT);

    private static List<TextKeys.Pair> many() {
        List<TextKeys.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            pairs.add(new TextKeys.Pair("TargetName", "iqn.x:" + "y".repeat(i)));
        }
        return pairs;
    }

    private TextExchange.Reply take(boolean isFinal, boolean continues, int tag, int transferTag, String text) {
        return exchange.take(
                new Request.Text(false, isFinal, continues, 0, tag, transferTag, 1, 1),
                text.getBytes(StandardCharsets.UTF_8));
    }

    private TextExchange.Part part(boolean isFinal, boolean continues, int transferTag, String text) {
        return (TextExchange.Part) take(isFinal, continues, TAG, transferTag, text);
    }

    private static String text(TextExchange.Part part) {
        return new String(part.data(), StandardCharsets.UTF_8);
    }

    @Test
    void longAnswer_comesInParts_ofWholePairs() {
        StringBuilder all = new StringBuilder();
        TextExchange.Part part = part(true, false, NONE, "SendTargets=All\0");
        int parts = 1;
        for (; !part.isFinal(); parts++) {
            assertThat(part.continues()).isTrue();
            assertThat(part.transferTag()).isNotEqualTo(NONE);
            assertThat(part.data().length).isBetween(1, SEGMENT);
            assertThat(text(part)).endsWith("\0");
            all.append(text(part));
            part = part(true, false, part.transferTag(), "");
        }
        assertThat(part.continues()).isFalse();
        assertThat(part.transferTag()).isEqualTo(NONE);
        all.append(text(part));
        assertThat(parts).isGreaterThan(10);
        assertThat(all.toString()).isEqualTo(new String(new TextKeys(many()).bytes(), StandardCharsets.UTF_8));
    }

    @Test
    void answerToARequestThatIsNotFinal_isNotFinalEither() {
        TextExchange.Part first = part(false, false, NONE, "SendTargets=\0");
        assertThat(text(first)).isEqualTo("TargetName=iqn.x:own\0");
        assertThat(first.isFinal()).isFalse();
        assertThat(first.continues()).isFalse();
        TextExchange.Part last = part(true, false, first.transferTag(), "Unheard=1\0");
        assertThat(text(last)).isEqualTo("Unheard=NotUnderstood\0");
        assertThat(last.isFinal()).isTrue();
    }

    @Test
    void requestInParts_isOneText() {
        TextExchange.Part first = part(false, true, NONE, "SendTar");
        assertThat(first.data()).isEmpty();
        assertThat(first.isFinal()).isFalse();
        assertThat(text(part(true, false, first.transferTag(), "gets=\0"))).isEqualTo("TargetName=iqn.x:own\0");
        assertThat(text(part(true, false, NONE, "SendTargets=any\0"))).isEqualTo("SendTargets=Reject\0");
    }

    @Test
    void partsOutOfTurn_areRejected_andANewRequestBeginsAnew() {
        TextExchange.Part first = part(true, false, NONE, "SendTargets=All\0");
        var field = new TextExchange.Refused(Response.Reject.INVALID_PDU_FIELD);
        assertThat(take(true, false, TAG, first.transferTag() + 1, "")).isEqualTo(field);
        assertThat(take(true, false, TAG + 1, first.transferTag(), "")).isEqualTo(field);
        assertThat(part(true, false, first.transferTag(), "").continues())
                .as("the exchange goes on")
                .isTrue();
        assertThat(take(true, false, TAG, first.transferTag(), ""))
                .as("a tag is good once")
                .isEqualTo(field);
        assertThat(text(part(true, false, NONE, "SendTargets=\0"))).isEqualTo("TargetName=iqn.x:own\0");

        var protocol = new TextExchange.Refused(Response.Reject.PROTOCOL_ERROR);
        TextExchange.Part again = part(true, false, NONE, "SendTargets=All\0");
        assertThat(take(true, false, TAG, again.transferTag(), "x=y\0"))
                .as("text while an answer waits")
                .isEqualTo(protocol);
        assertThat(take(true, false, TAG, again.transferTag(), "")).isEqualTo(field);
        assertThat(take(true, true, TAG, NONE, "x=y\0"))
                .as("final and continued")
                .isEqualTo(protocol);
        assertThat(take(true, false, TAG, NONE, "=\0")).isEqualTo(protocol);
    }

    @Test
    void textInParts_hasALimit() {
        byte[] most = new byte[TextExchange.TEXT_BYTES_MAX];
        var first = (TextExchange.Part) exchange.take(new Request.Text(false, false, true, 0, TAG, NONE, 1, 1), most);
        assertThat(take(true, false, TAG, first.transferTag(), ""))
                .as("at the limit")
                .isInstanceOf(TextExchange.Part.class);
        first = (TextExchange.Part) exchange.take(new Request.Text(false, false, true, 0, TAG, NONE, 1, 1), most);
        assertThat(take(true, false, TAG, first.transferTag(), "\0"))
                .as("one above")
                .isEqualTo(new TextExchange.Refused(Response.Reject.OUT_OF_RESOURCES));
    }
}
