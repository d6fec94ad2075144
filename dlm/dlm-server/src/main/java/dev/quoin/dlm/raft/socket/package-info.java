/**
 * The log's own transport: Ratis over plain sockets or TLS, made for few hand-overs between threads. The thread that appends an entry
 * sends it, the thread that reads a request gives it to the log, and the thread that has an answer writes it.
 *
 * <p>A connection carries requests one way and their replies the other. Whoever opened it sends requests, and begins with {@code HELLO};
 * the other answers {@code WELCOME}, or {@code REFUSED} and closes. Both directions consist of frames, all numbers big-endian:
 *
 * <table>
 * <caption>frame, version 1</caption>
 * <tr><th>byte</th><th>length</th><th>content</th></tr>
 * <tr><td>0</td><td>4</td><td>magic, {@code QRFT} in ASCII</td></tr>
 * <tr><td>4</td><td>1</td><td>version, 1</td></tr>
 * <tr><td>5</td><td>1</td><td>kind: 1 HELLO, 2 WELCOME, 3 REFUSED, 4 VOTE, 5 APPEND, 6 SNAPSHOT, 7 ELECT, 8 FAILED</td></tr>
 * <tr><td>6</td><td>2</td><td>reserved, 0</td></tr>
 * <tr><td>8</td><td>8</td><td>number of the call; the reply has that of its request</td></tr>
 * <tr><td>16</td><td>4</td><td>length n of the payload, at most 8 MiB; of HELLO, WELCOME and REFUSED at most 1 KiB</td></tr>
 * <tr><td>20</td><td>4</td><td>CRC-32C of bytes 0 to 19 and the payload</td></tr>
 * <tr><td>24</td><td>n</td><td>payload</td></tr>
 * </table>
 *
 * <p>The payload of {@code HELLO} and {@code WELCOME} is the group (16 bytes, a UUID), then the name of the sender and the name of the one
 * it believes to speak to, each as one byte of length and UTF-8. That of {@code REFUSED} and {@code FAILED} is the reason in UTF-8. The
 * others carry the protocol buffers of Ratis' {@code Raft.proto}: request one way, reply with the same kind the other way. {@code FAILED}
 * stands in the place of a reply.
 */
@NullMarked
package dev.quoin.dlm.raft.socket;

import org.jspecify.annotations.NullMarked;
