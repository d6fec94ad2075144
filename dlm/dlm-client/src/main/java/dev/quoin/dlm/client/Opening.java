package dev.quoin.dlm.client;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.proto.OpenSession;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** A session that is being opened. The nonce lets the servers know it again when the request for it is repeated. */
final class Opening {

    final OpenSession message;
    final DlmClientConfig config;
    final CompletableFuture<ClientSession> session = new CompletableFuture<>();
    volatile long sentNanos;
    volatile boolean sent;

    /**
     * Draws the nonce.
     *
     * @param random hard to guess: who knows a nonce can claim the session
     */
    Opening(DlmClientConfig config, RandomGenerator random) {
        this.config = config;
        message = OpenSession.newBuilder()
                .setNonce(ByteString.copyFrom(ByteBuffer.allocate(16)
                        .putLong(random.nextLong())
                        .putLong(random.nextLong())
                        .flip()))
                .setNode(config.node())
                .setSupersede(config.supersede())
                .setLeaseMillis((int) config.lease().toMillis())
                .build();
    }
}
