package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.login.Negotiation;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** What the target's answers have made of the defaults (RFC 7143 section 13): the initiator's side of {@link Negotiation}. */
final class Negotiated {

    /** The most unsolicited data that is offered, in bytes. */
    static final int FIRST_BURST_MAX = 256 << 10;

    /** The number of the first command. */
    static final int FIRST_CMD_SN = 1;

    private static final int DEFAULT_FIRST_BURST = 65_536;
    private static final int DEFAULT_SEGMENT = 8_192;
    private static final int LENGTH_MIN = 512;
    private static final int SEGMENT_MAX = 0xFF_FFFF;

    private int maxSend = DEFAULT_SEGMENT;
    private boolean immediate = true;
    private int firstBurst = DEFAULT_FIRST_BURST;
    private String incarnation = "";

    /**
     * Takes the keys of one response.
     *
     * @throws IOException if one has a value that the initiator did not offer or that is none
     */
    void take(TextKeys keys) throws IOException {
        for (TextKeys.Pair pair : keys.pairs()) {
            switch (pair.key()) {
                case "MaxRecvDataSegmentLength" -> maxSend = number(pair, SEGMENT_MAX);
                case "FirstBurstLength" -> firstBurst = number(pair, FIRST_BURST_MAX);
                case "ImmediateData" -> immediate = pair.value().equals("Yes");
                case "HeaderDigest", "DataDigest" -> {
                    if (!pair.value().equals("None")) {
                        throw new IOException(pair.key() + "=" + pair.value() + " found, None expected");
                    }
                }
                case Negotiation.INCARNATION_KEY ->
                    incarnation =
                            pair.value().equals("NotUnderstood") || pair.value().equals("Reject") ? "" : pair.value();
                default -> {
                    // The other answers can only be what was offered, or narrower in ways that change nothing here.
                }
            }
        }
    }

    private static int number(TextKeys.Pair pair, int high) throws IOException {
        int value = Negotiation.number(pair.value(), LENGTH_MIN, high);
        if (value < 0) {
            throw new IOException(pair.key() + "=" + pair.value() + " found, a number from " + LENGTH_MIN + " to "
                    + high + " expected");
        }
        return value;
    }

    LoggedIn result(SocketChannel channel, int maxCmdSn, int expStatSn) {
        return new LoggedIn(channel, FIRST_CMD_SN, maxCmdSn, expStatSn, maxSend, immediate, firstBurst, incarnation);
    }
}
