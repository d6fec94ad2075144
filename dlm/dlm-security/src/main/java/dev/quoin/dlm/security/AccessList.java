package dev.quoin.dlm.security;

import java.util.List;

/**
 * Which lockspaces the nodes of a cluster may touch. Peers and operators may touch all.
 *
 * <p>A name ends with {@code *} to stand for all names that begin so.
 *
 * @param entries what is allowed; what none of them allows is not
 */
public record AccessList(List<Entry> entries) {

    /** Every node may touch every lockspace. */
    public static final AccessList EVERYTHING = new AccessList(List.of(new Entry("*", List.of("*"))));

    /**
     * One rule.
     *
     * @param node the name in the certificate
     * @param lockspaces that it may touch
     */
    public record Entry(String node, List<String> lockspaces) {
        public Entry {
            lockspaces = List.copyOf(lockspaces);
            checkPattern(node);
            lockspaces.forEach(Entry::checkPattern);
        }

        private static void checkPattern(String pattern) {
            int star = pattern.indexOf('*');
            if (pattern.isEmpty() || (star >= 0 && star != pattern.length() - 1)) {
                throw new IllegalArgumentException("name '" + pattern
                        + "' found in an access list, a name expected, or the beginning of names with * at its end");
            }
        }
    }

    public AccessList {
        entries = List.copyOf(entries);
    }

    /** Whether it may touch that lockspace. */
    public boolean allows(Identity identity, String lockspace) {
        return identity.role() != Role.NODE
                || entries.stream()
                        .anyMatch(entry -> matches(entry.node(), identity.name())
                                && entry.lockspaces().stream().anyMatch(pattern -> matches(pattern, lockspace)));
    }

    private static boolean matches(String pattern, String name) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(name);
    }
}
