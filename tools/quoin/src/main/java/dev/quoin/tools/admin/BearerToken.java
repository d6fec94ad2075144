package dev.quoin.tools.admin;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The secret that opens a node's administration door, in the form of RFC 6750: {@code authorization: Bearer TOKEN}. */
final class BearerToken {

    private static final int LENGTH = 32;
    private static final String SCHEME = "Bearer ";
    private static final Metadata.Key<String> KEY = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private BearerToken() {}

    /** A new secret of 256 random bits. */
    static String make() {
        byte[] bytes = new byte[LENGTH];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Refuses every call that does not carry {@code token}. */
    static ServerInterceptor required(String token) {
        return new ServerInterceptor() {
            @Override
            public <Q, P> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
                if (matches(token, headers.get(KEY))) {
                    return next.startCall(call, headers);
                }
                StatusException refused = FaultCodec.encode(new Fault(
                        ExitCode.REFUSED,
                        "node",
                        "no valid token found, the one in the node's " + NodeFile.NAME + " expected",
                        "name the node's directory with --dir, or set QUOIN_ADMIN_TOKEN"));
                Metadata trailers = refused.getTrailers();
                call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
                return new ServerCall.Listener<>() {};
            }
        };
    }

    /** Adds {@code token} to every call. */
    static ClientInterceptor sent(String token) {
        return new ClientInterceptor() {
            @Override
            public <Q, P> ClientCall<Q, P> interceptCall(
                    MethodDescriptor<Q, P> method, CallOptions options, Channel next) {
                return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<P> listener, Metadata headers) {
                        headers.put(KEY, SCHEME + token);
                        super.start(listener, headers);
                    }
                };
            }
        };
    }

    /** Takes the same time wherever the two differ. */
    private static boolean matches(String token, @Nullable String shown) {
        byte[] expected = (SCHEME + token).getBytes(StandardCharsets.UTF_8);
        return shown != null && MessageDigest.isEqual(expected, shown.getBytes(StandardCharsets.UTF_8));
    }
}
