package dev.quoin.dlm.client;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Refused;
import java.nio.ByteBuffer;
import java.util.Set;
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

    /** The servers do not open it. */
    void refuse(Refused refused) {
        session.completeExceptionally(new DlmException(DlmException.Code.of(refused.getCode()), refused.getReason()));
    }

    /**
     * What its caller is told when it was not opened in time.
     *
     * @param ended why the last stream ended, empty if that is not of interest
     */
    DlmException late(Set<DlmClientConfig.Server> servers, String ended, Exception cause) {
        return new DlmException(
                DlmException.Code.NO_QUORUM,
                "no leader of the lock manager at " + servers + " could be reached in " + config.connectTimeout()
                        + (ended.isEmpty() ? "" : ", at last " + ended)
                        + ": check that a majority of its peers runs, that the addresses are right, and the certificates",
                cause);
    }
}
