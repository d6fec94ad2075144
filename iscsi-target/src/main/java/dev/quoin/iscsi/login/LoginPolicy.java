package dev.quoin.iscsi.login;

import org.jspecify.annotations.Nullable;

/** What a login asks the server that it came to, at one of its portals. Implementations answer at once. */
public interface LoginPolicy {

    /**
     * Who wants to log in to what.
     *
     * @param isid the initiator's part of the session identifier, 48 bits
     * @param tsih the session that the connection asks to join, 0 for a new one
     * @param targetName null for a discovery session
     */
    record Applicant(
            String initiatorName,
            long isid,
            int tsih,
            @Nullable String targetName) {}

    /** What becomes of it. */
    sealed interface Verdict {}

    /**
     * The login goes on.
     *
     * @param security its security stage
     * @param commandWindow how many commands the session may have open
     * @param joined what the session that the connection asks to join agreed on with its first connection; null for a new one, and if
     *     there is none
     */
    record Accepted(
            SecurityStage security,
            int commandWindow,
            @Nullable SessionParameters joined) implements Verdict {}

    /**
     * The login ends.
     *
     * @param why for the log; the initiator is told the status alone
     */
    record Denied(LoginStatus status, String why) implements Verdict {}

    /**
     * The initiator is to log in elsewhere.
     *
     * @param status one of the two of class 1
     * @param address {@code host:port}
     */
    record Moved(LoginStatus status, String address) implements Verdict {}

    /** Judges a login by its names, once for each. */
    Verdict judge(Applicant applicant);

    /** The group of the portal that the connection came in by, 1 to 255. */
    int portalGroup();

    /** What names this run of the target: see {@link Negotiation#INCARNATION_KEY}. */
    String incarnation();
}
