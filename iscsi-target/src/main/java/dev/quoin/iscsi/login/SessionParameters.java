package dev.quoin.iscsi.login;

/**
 * What both sides agreed on (RFC 7143 section 13). Lengths in bytes, times in seconds.
 *
 * @param maxConnections how many connections the session may have at once
 * @param maxSendLength the longest data segment that the initiator takes
 * @param maxBurstLength the most data in one sequence of Data-In or solicited Data-Out
 * @param firstBurstLength the most unsolicited data of one command
 * @param maxOutstandingR2t how many R2T of one command may wait for data at once
 */
public record SessionParameters(
        int maxConnections,
        boolean headerDigest,
        boolean dataDigest,
        boolean initialR2t,
        boolean immediateData,
        int maxSendLength,
        int maxBurstLength,
        int firstBurstLength,
        int maxOutstandingR2t,
        int time2Wait,
        int time2Retain) {

    /** The longest data segment that the target takes, which it declares. */
    public static final int MAX_RECEIVE_LENGTH = 256 << 10;

    /** The longest data segment before and without negotiation (RFC 7143 13.12). */
    public static final int DEFAULT_SEGMENT_LENGTH = 8_192;

    /** These, with what a connection that joined later agreed on for itself: digests and the longest segment it takes. */
    public SessionParameters on(SessionParameters connection) {
        return new SessionParameters(
                maxConnections,
                connection.headerDigest,
                connection.dataDigest,
                initialR2t,
                immediateData,
                connection.maxSendLength,
                maxBurstLength,
                firstBurstLength,
                maxOutstandingR2t,
                time2Wait,
                time2Retain);
    }
}
