package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.chap.ChapStage;
import dev.quoin.iscsi.login.LoginPolicy;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.login.NoAuthentication;
import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.portal.Redirected;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.wire.IscsiName;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes the login of one connection: by the target's name, through the portal's group, to another portal or to another server.
 *
 * <p>Who is not on the access list is told so (RFC 7143 11.13.5): the name was known before, discovery does not tell it.
 */
final class LoginRouter implements LoginPolicy {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final IscsiServer server;
    private final ServerPortal here;
    private final InetSocketAddress local;

    /**
     * For a connection.
     *
     * @param here the portal that it came in by
     * @param local the address that it came to
     */
    LoginRouter(IscsiServer server, ServerPortal here, InetSocketAddress local) {
        this.server = server;
        this.here = here;
        this.local = local;
    }

    @Override
    public Verdict judge(Applicant applicant) {
        String name = applicant.targetName();
        return name == null ? discovery(applicant) : normal(applicant, name);
    }

    private Verdict normal(Applicant applicant, String name) {
        IscsiTarget target = server.target(name).orElse(null);
        if (target == null) {
            return new Denied(LoginStatus.NOT_FOUND, "no target of the name " + name);
        }
        if (!target.isVisibleTo(applicant.initiatorName())) {
            return new Denied(LoginStatus.AUTHORIZATION_FAILURE, "initiator is not on the access list of " + name);
        }
        if (!target.isReachedThrough(here.group())) {
            return new Denied(LoginStatus.NOT_FOUND, name + " is not reached through portal group " + here.group());
        }
        if (target.isFenced(applicant.initiatorName())) {
            return new Denied(LoginStatus.AUTHORIZATION_FAILURE, "initiator is fenced");
        }
        SecurityStage security = security(target.definition().chap());
        int window = target.definition().commandWindow();
        if (applicant.tsih() != 0) {
            // A further connection of a session, which chose its portal. That there is none is said to those alone who
            // have proven who
            // they are.
            Session session =
                    target.table().find(applicant.initiatorName(), applicant.isid(), here.group(), applicant.tsih());
            return new Accepted(
                    security, window, session == null ? null : session.login().parameters());
        }
        Moved elsewhere = target.moved();
        if (elsewhere != null) {
            return elsewhere;
        }
        Verdict other = otherPortal(applicant, target.name(), server.config().balanced());
        return other != null ? other : new Accepted(security, window, null);
    }

    private Verdict discovery(Applicant applicant) {
        List<IscsiTarget> targets = server.targets();
        if (!targets.isEmpty() && targets.stream().noneMatch(t -> t.isVisibleTo(applicant.initiatorName()))) {
            return new Denied(LoginStatus.AUTHORIZATION_FAILURE, "initiator is on no access list");
        }
        if (server.isFenced(applicant.initiatorName())) {
            return new Denied(LoginStatus.AUTHORIZATION_FAILURE, "initiator is fenced");
        }
        // A question is soon answered: it goes elsewhere only if this portal is to be left.
        Verdict other = otherPortal(applicant, "", false);
        return other != null
                ? other
                : new Accepted(security(server.config().discovery()), TargetDefinition.COMMAND_WINDOW, null);
    }

    /** Where the login goes instead, or why it goes nowhere; null if it stays here. */
    private @Nullable Verdict otherPortal(Applicant applicant, String target, boolean balanced) {
        var login = new Redirected.Login(new IscsiName(applicant.initiatorName()), applicant.isid(), target);
        ServerPortal taking = server.takingPortal(here, balanced);
        if (taking == null) {
            return new Denied(LoginStatus.SERVICE_UNAVAILABLE, "portal group " + here.group() + " is being drained");
        }
        if (taking.equals(here)) {
            server.redirected().served(login);
            return null;
        }
        List<String> own = here.reachedBy(local);
        String address = taking.reachedBy(local).stream()
                .filter(there -> !own.contains(there))
                .findFirst()
                .orElse(null);
        if (here.isDraining()) {
            return address == null
                    ? new Denied(LoginStatus.SERVICE_UNAVAILABLE, "no address of another portal is known")
                    : new Moved(LoginStatus.TARGET_MOVED_TEMPORARILY, address);
        }
        return address != null && server.redirected().maySend(login, System.nanoTime())
                ? new Moved(LoginStatus.TARGET_MOVED_TEMPORARILY, address)
                : null;
    }

    private static SecurityStage security(ChapAccess chap) {
        return chap.required() ? new ChapStage(chap, RANDOM::nextBytes) : new NoAuthentication();
    }

    @Override
    public int portalGroup() {
        return here.group();
    }

    @Override
    public String incarnation() {
        return server.incarnation();
    }
}
