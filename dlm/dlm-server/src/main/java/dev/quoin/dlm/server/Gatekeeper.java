package dev.quoin.dlm.server;

import dev.quoin.dlm.client.tls.GrpcSecurity;
import dev.quoin.dlm.proto.DlmAdminGrpc;
import dev.quoin.dlm.proto.DlmGrpc;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Lets calls in by the role of the caller's certificate, and tells whom it let in. Without TLS it lets everybody in. */
final class Gatekeeper implements ServerInterceptor {

    /** Who makes the call that is being answered. */
    static final Context.Key<Caller> CALLER = Context.keyWithDefault("quoin-caller", Caller.UNKNOWN);

    private static final Set<Role> ADMINISTERS = EnumSet.of(Role.PEER, Role.OPERATOR);

    /** Methods that not everybody may call. */
    private static final Map<String, Set<Role>> ROLES = Map.of(
            DlmGrpc.getFetchStateMethod().getFullMethodName(), EnumSet.of(Role.PEER),
            DlmAdminGrpc.getAddMemberMethod().getFullMethodName(), ADMINISTERS,
            DlmAdminGrpc.getRemoveMemberMethod().getFullMethodName(), ADMINISTERS,
            DlmAdminGrpc.getReplaceMemberMethod().getFullMethodName(), ADMINISTERS,
            DlmAdminGrpc.getTransferLeadershipMethod().getFullMethodName(), ADMINISTERS,
            DlmAdminGrpc.getSnapshotMethod().getFullMethodName(), ADMINISTERS);

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Identity identity = GrpcSecurity.caller(call.getAttributes()).orElse(null);
        String method = call.getMethodDescriptor().getFullMethodName();
        Set<Role> roles = ROLES.get(method);
        if (identity != null && roles != null && !roles.contains(identity.role())) {
            call.close(
                    Status.PERMISSION_DENIED.withDescription(method + " asked for by " + identity + ", "
                            + roles.stream().map(Role::word).sorted().toList() + " expected: use such a certificate"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        Caller caller = new Caller(identity, String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
        return Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
    }
}
