package dev.quoin.dlm.raft.socket;

import dev.quoin.dlm.security.Security;
import java.net.InetSocketAddress;
import java.util.UUID;

/**
 * What the transport needs to know.
 *
 * @param group that this peer belongs to; others are refused
 * @param self this peer's name
 * @param listen where it listens
 * @param security with mutual TLS, others must prove by certificate that they are the peer that they say they are
 * @param answerMillis how long an answer may take before the connection counts as dead
 */
public record SocketSettings(UUID group, String self, InetSocketAddress listen, Security security, int answerMillis) {}
