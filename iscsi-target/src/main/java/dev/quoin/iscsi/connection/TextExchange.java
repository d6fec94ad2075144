package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.login.Negotiation;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text requests in the full feature phase (RFC 7143 11.10, 11.11, 6.2, appendix C): SendTargets. Other keys cannot be changed any more.
 *
 * <p>A connection has one exchange at a time. Requests with the C bit are collected up to {@link #TEXT_BYTES_MAX}. An answer that is
 * longer than the initiator's segments goes out in parts, each ending with a whole pair: with the C bit and a transfer tag, for
 * which the initiator asks for the next. A request without a transfer tag begins anew, and drops what was not fetched.
 */
final class TextExchange {

    /** The most text in one run of requests with the C bit, in bytes. */
    static final int TEXT_BYTES_MAX = 16 << 10;

    /** The most text in one response, in bytes; less if the initiator takes less. */
    static final int PART_BYTES_MAX = 64 << 10;

    /** What a request is answered with. */
    sealed interface Reply {}

    /** A text response. */
    record Part(byte[] data, boolean isFinal, boolean continues, int transferTag) implements Reply {}

    /** A reject. */
    record Refused(int reason) implements Reply {}

    private final Directory directory;
    private final int segmentMax;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int taskTag;
    private int transferTag = Bhs.TAG_NONE;
    private int lastTransferTag;
    private byte @Nullable [] answer;
    private int sent;

    /**
     * Nothing under way.
     *
     * @param segmentMax the longest data segment that the initiator takes, at least 512 bytes, which every pair fits in
     */
    TextExchange(Directory directory, int segmentMax) {
        this.directory = directory;
        this.segmentMax = segmentMax;
    }

    /** Takes a request with its data segment. */
    Reply take(Request.Text request, byte[] data) {
        if (request.targetTransferTag() == Bhs.TAG_NONE) {
            reset();
            taskTag = request.initiatorTaskTag();
        } else if (request.targetTransferTag() != transferTag || request.initiatorTaskTag() != taskTag) {
            return new Refused(Response.Reject.INVALID_PDU_FIELD);
        }
        if (request.continues() && request.isFinal()) {
            return refuse(Response.Reject.PROTOCOL_ERROR);
        }
        if (answer != null) {
            boolean asksForMore = data.length == 0 && !request.continues();
            return asksForMore ? next(answer, request.isFinal()) : refuse(Response.Reject.PROTOCOL_ERROR);
        }
        if (text.size() + data.length > TEXT_BYTES_MAX) {
            return refuse(Response.Reject.OUT_OF_RESOURCES);
        }
        text.writeBytes(data);
        if (request.continues()) {
            return new Part(new byte[0], false, false, newTransferTag());
        }
        byte[] all = text.toByteArray();
        text.reset();
        return switch (TextKeys.parse(all)) {
            case Malformed bad -> refuse(Response.Reject.PROTOCOL_ERROR);
            case TextKeys keys -> next(answer(keys), request.isFinal());
        };
    }

    private byte[] answer(TextKeys keys) {
        List<TextKeys.Pair> answers = new ArrayList<>();
        for (TextKeys.Pair pair : keys.pairs()) {
            if (pair.key().equals("SendTargets")) {
                directory
                        .sendTargets(pair.value())
                        .ifPresentOrElse(answers::addAll, () -> answers.add(new TextKeys.Pair(pair.key(), "Reject")));
            } else {
                answers.add(new TextKeys.Pair(pair.key(), Negotiation.answerAfterLogin(pair.key())));
            }
        }
        return new TextKeys(answers).bytes();
    }

    /** The next part of an answer; the last one ends the exchange if the initiator has nothing more to say. */
    private Part next(byte[] whole, boolean initiatorIsDone) {
        int end = sent + segmentMax;
        if (end < whole.length) {
            while (end > sent && whole[end - 1] != 0) {
                end--;
            }
            if (end == sent) {
                end = sent + segmentMax; // A pair longer than a segment: the C bit lets it be cut.
            }
            byte[] part = Arrays.copyOfRange(whole, sent, end);
            answer = whole;
            sent = end;
            return new Part(part, false, true, newTransferTag());
        }
        byte[] rest = Arrays.copyOfRange(whole, sent, whole.length);
        reset();
        return initiatorIsDone
                ? new Part(rest, true, false, Bhs.TAG_NONE)
                : new Part(rest, false, false, newTransferTag());
    }

    private int newTransferTag() {
        lastTransferTag++;
        if (lastTransferTag == Bhs.TAG_NONE) {
            lastTransferTag = 1;
        }
        transferTag = lastTransferTag;
        return transferTag;
    }

    private Refused refuse(int reason) {
        reset();
        return new Refused(reason);
    }

    private void reset() {
        text.reset();
        transferTag = Bhs.TAG_NONE;
        answer = null;
        sent = 0;
    }
}
