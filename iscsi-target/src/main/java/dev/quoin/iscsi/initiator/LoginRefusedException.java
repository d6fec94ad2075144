package dev.quoin.iscsi.initiator;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A target that answered a login with a status other than success (RFC 7143 11.13.5). */
final class LoginRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    private static final int INITIATOR_ERROR = 2;
    private static final int AUTHENTICATION_FAILURE = 0x0201;
    private static final int AUTHORIZATION_FAILURE = 0x0202;
    private static final int NOT_FOUND = 0x0203;
    private static final int TARGET_REMOVED = 0x0204;

    private final int status;

    private final transient @Nullable PortalAddress movedTo;

    /**
     * A refusal.
     *
     * @param movedTo where the target sends us instead; null if nowhere
     */
    LoginRefusedException(String target, int statusClass, int statusDetail, @Nullable PortalAddress movedTo) {
        super("%s: login refused with status %02x%02x%s"
                .formatted(target, statusClass, statusDetail, meaning(statusClass << 8 | statusDetail)));
        this.status = statusClass << 8 | statusDetail;
        this.movedTo = movedTo;
    }

    private static String meaning(int status) {
        return switch (status) {
            case AUTHENTICATION_FAILURE ->
                " (authentication failure: check the CHAP user and secret, and whether the target asks for CHAP)";
            case AUTHORIZATION_FAILURE -> " (this initiator may not log in: it is fenced, or not on the access list)";
            case NOT_FOUND -> " (there is no such target at this portal)";
            default -> "";
        };
    }

    /** Where the target sends us instead; null if nowhere. */
    @Nullable PortalAddress movedTo() {
        return movedTo;
    }

    /** Whether the target does not want this initiator: it is fenced, or not on the access list. */
    boolean fenced() {
        return status == AUTHORIZATION_FAILURE;
    }

    /** Whether trying again later may help: the target is busy, or it is being set up. */
    boolean passing() {
        return status >>> 8 != INITIATOR_ERROR || status == NOT_FOUND || status == TARGET_REMOVED;
    }
}
