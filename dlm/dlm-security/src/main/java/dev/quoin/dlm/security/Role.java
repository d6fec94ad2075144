package dev.quoin.dlm.security;

import java.util.Locale;

/** What the owner of a certificate is to the lock manager. */
public enum Role {
    /** A peer: takes part in the log, may be asked for the state, and may do all that the others may. */
    PEER,
    /** A machine or a program that locks: opens sessions in its own name, in the lockspaces that it is allowed. */
    NODE,
    /** A person or a program that administers: changes the group, breaks locks, opens sessions in any name. */
    OPERATOR;

    /** As it stands in a certificate. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
