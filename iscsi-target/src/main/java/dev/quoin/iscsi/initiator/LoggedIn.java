package dev.quoin.iscsi.initiator;

import java.nio.channels.SocketChannel;

/**
 * A connection after its login. Lengths in bytes.
 *
 * @param channel in blocking mode
 * @param cmdSn the number of the next command
 * @param maxCmdSn the largest number that the target takes now
 * @param expStatSn the number of the next response
 * @param maxSendLength the longest data segment that the target takes
 * @param immediateData whether a command may carry data
 * @param firstBurstLength the most data that a command may carry
 * @param incarnation which run of the target this is; empty if the target does not say
 */
record LoggedIn(
        SocketChannel channel,
        int cmdSn,
        int maxCmdSn,
        int expStatSn,
        int maxSendLength,
        boolean immediateData,
        int firstBurstLength,
        String incarnation) {

    /** The longest data segment that the initiator takes, which it declares. */
    static final int MAX_RECEIVE_LENGTH = 1 << 20;
}
