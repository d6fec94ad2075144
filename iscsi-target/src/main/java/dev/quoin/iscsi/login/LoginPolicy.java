package dev.quoin.iscsi.login;

import org.jspecify.annotations.Nullable;

/** What a login asks the target. Implementations answer at once and may be called from any thread. */
public interface LoginPolicy {

    /** Whether an initiator of this name may log in at all: false for a fenced one. */
    boolean admits(String initiatorName);

    /** Whether the access list lets an initiator of this name log in: true for everybody where there is no list. */
    boolean lists(String initiatorName);

    /** Whether there is a target of this name that the initiator may use. */
    boolean hasTarget(String initiatorName, String targetName);

    /** Where the initiator is to log in instead, {@code host:port}; null if here. */
    @Nullable String movedTo(String initiatorName, String targetName);

    /** What the session of this number and initiator port agreed on with its first connection; null if there is none. */
    @Nullable SessionParameters parametersOf(String initiatorName, long isid, int tsih);

    /** The security stage of a new login. */
    SecurityStage security();

    /** The group of the portal that the connection came in by, 1 to 65,535. */
    int portalGroup();

    /** How many commands a session may have open. */
    int commandWindow();

    /** What names this run of the target: see {@link Negotiation#INCARNATION_KEY}. */
    String incarnation();
}
