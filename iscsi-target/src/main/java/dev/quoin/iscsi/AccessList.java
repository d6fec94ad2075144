package dev.quoin.iscsi;

import dev.quoin.iscsi.wire.IscsiName;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who may see and use a target, by the name that an initiator gives.
 *
 * @param everybody whether there is no list
 * @param names those on the list, kept in lower case: names have no case (RFC 7143 4.2.7.2); a list without names admits nobody
 */
public record AccessList(boolean everybody, Set<String> names) {

    /** The most names on one list. */
    public static final int NAMES_MAX = 4_096;

    /** No list. */
    public static final AccessList EVERYBODY = new AccessList(true, Set.of());

    public AccessList {
        if (names.size() > NAMES_MAX) {
            throw new IllegalArgumentException(
                    "access list of " + names.size() + " initiators found, at most " + NAMES_MAX + " expected");
        }
        names = names.stream().map(name -> new IscsiName(name).text()).collect(Collectors.toUnmodifiableSet());
    }

    /** A list of these alone. */
    public static AccessList of(Set<String> names) {
        return new AccessList(false, names);
    }

    /** Whether it admits an initiator of this name. */
    public boolean admits(String initiatorName) {
        return everybody || names.contains(new IscsiName(initiatorName).text());
    }
}
