package dev.quoin.tools.node;

import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.fence.FenceAgent;
import dev.quoin.dlm.fence.FenceOutcome;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a file system node off at this node's target: its commands are aborted, its sessions dropped, its logins refused. It answers when
 * nothing of it can reach the store any more.
 *
 * <p>Every session of a mount has an initiator name of its own, so a newer session of the same node is not touched. It knows this
 * node's target only: storage that is exported by another node needs a fence agent there, or a program.
 */
final class TargetFence implements FenceAgent {

    private static final String INITIATORS = "iqn.2026-11.dev.quoin:";

    private volatile @Nullable Portal portal;

    /** From now on there is a target. */
    void use(Portal started) {
        portal = started;
    }

    @Override
    public String name() {
        return "target";
    }

    /** The name that the session of a mount has at the lock manager. */
    static String mount(String node, String volume) {
        return node + "/" + volume;
    }

    /** The initiator name of the session of a node's mount. */
    static String initiator(String node, SessionId session) {
        return INITIATORS + node.toLowerCase(Locale.ROOT).replace('_', '-') + ":" + session.value();
    }

    @Override
    public FenceOutcome fence(String mount, SessionId session) {
        Portal target = portal;
        int slash = mount.lastIndexOf('/');
        if (slash < 0) {
            return new FenceOutcome.NotFenced(mount + " is no mount of a file system, so no initiator of it is known");
        }
        if (target == null) {
            return new FenceOutcome.NotFenced("there is no target here, or it does not run yet");
        }
        try {
            target.fence(initiator(mount.substring(0, slash), session)).join();
            return new FenceOutcome.Fenced();
        } catch (CompletionException failure) {
            return new FenceOutcome.NotFenced("the target could not fence it: " + failure.getCause());
        }
    }
}
