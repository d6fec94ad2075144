package dev.quoin.dlm.client.tls;

import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import io.grpc.Attributes;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Credentials of gRPC's ends, and who is at the other one. */
public final class GrpcSecurity {

    private GrpcSecurity() {}

    /** For calls to peers. */
    public static ChannelCredentials toPeer(Security security) {
        return switch (security) {
            case Security.Off() -> InsecureChannelCredentials.create();
            case Security.MutualTls(var own) ->
                TlsChannelCredentials.newBuilder()
                        .keyManager(own.keys())
                        .trustManager(own.trust(Set.of(Role.PEER)))
                        .build();
        };
    }

    /** For a peer's door: whoever comes has to show a certificate of the cluster. */
    public static ServerCredentials ofDoor(Security security) {
        return switch (security) {
            case Security.Off() -> InsecureServerCredentials.create();
            case Security.MutualTls(var own) ->
                TlsServerCredentials.newBuilder()
                        .keyManager(own.keys())
                        .trustManager(own.trust(EnumSet.allOf(Role.class)))
                        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                        .build();
        };
    }

    /** Who has made a call; empty without TLS. */
    public static Optional<Identity> caller(Attributes call) {
        SSLSession session = call.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Identity.of((X509Certificate) session.getPeerCertificates()[0]));
        } catch (SSLPeerUnverifiedException | CertificateParsingException impossible) {
            throw new IllegalStateException("a connection without a checked certificate was let in", impossible);
        }
    }
}
