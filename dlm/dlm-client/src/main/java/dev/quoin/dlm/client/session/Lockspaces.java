package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.proto.EndPolicy;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The lockspaces that a session has opened, by name. Any thread may use it. */
final class Lockspaces {

    private final ClientSession session;
    private final Map<String, ClientLockspace> opened = new ConcurrentHashMap<>();

    Lockspaces(ClientSession session) {
        this.session = session;
    }

    Lockspace open(String name, SessionEndPolicy policy) throws DlmException {
        ClientLockspace known = opened.get(name);
        if (known != null && known.policy() == policy) {
            return known;
        }
        Result result = Replies.ask(
                        session,
                        Operation.newBuilder()
                                .setOpenLockspace(OpenLockspace.newBuilder()
                                        .setName(name)
                                        .setPolicy(EndPolicy.forNumber(policy.ordinal()))))
                .getFirst();
        if (!result.hasLockspaceOpened()) {
            throw Replies.unexpected(result);
        }
        int number = result.getLockspaceOpened().getLockspace();
        return opened.computeIfAbsent(name, n -> new ClientLockspace(session, n, policy, number));
    }
}
