package dev.quoin.dlm.security;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who a certificate is for. It stands in the certificate as the subject alternative name {@code URI:urn:quoin:CLUSTER:ROLE:NAME} (RFC
 * 5280 4.2.1.6), so that neither host names nor addresses take part in trust.
 *
 * @param cluster whose certificate it is; another cluster's is not accepted, even if the same authority issued it
 * @param role what its owner is
 * @param name of the owner, unique in its cluster
 */
public record Identity(String cluster, Role role, String name) {

    private static final int SAN_URI = 6;
    private static final String PREFIX = "urn:quoin:";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
    private static final Pattern FORM = Pattern.compile("urn:quoin:([^:]+):(peer|node|operator):([^:]+)");

    public Identity {
        check("cluster", cluster);
        check(role.word(), name);
    }

    private static void check(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " name '" + name
                    + "' found, 1 to 128 letters, digits, '_', '.' or '-' expected, the first a letter or digit");
        }
    }

    /**
     * Reads the identity of a certificate. The certificate's signature is not looked at.
     *
     * @throws CertificateParsingException if it names none, or more than one
     */
    public static Identity of(X509Certificate certificate) throws CertificateParsingException {
        List<Identity> found = new ArrayList<>();
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names != null) {
            for (List<?> name : names) {
                if (Integer.valueOf(SAN_URI).equals(name.get(0))
                        && String.valueOf(name.get(1)).startsWith(PREFIX)) {
                    found.add(parse(String.valueOf(name.get(1))));
                }
            }
        }
        if (found.size() != 1) {
            throw new CertificateParsingException(
                    "certificate of " + certificate.getSubjectX500Principal() + " with " + found.size()
                            + " names urn:quoin:CLUSTER:ROLE:NAME found, one expected: issue it with quoin dlm certs");
        }
        return found.getFirst();
    }

    private static Identity parse(String urn) throws CertificateParsingException {
        Matcher form = FORM.matcher(urn);
        if (!form.matches()) {
            throw new CertificateParsingException(
                    "name " + urn + " found, urn:quoin:CLUSTER:ROLE:NAME with role peer, node or operator expected");
        }
        try {
            Role role = switch (form.group(2)) {
                case "peer" -> Role.PEER;
                case "node" -> Role.NODE;
                default -> Role.OPERATOR;
            };
            return new Identity(form.group(1), role, form.group(3));
        } catch (IllegalArgumentException wrong) {
            throw new CertificateParsingException(wrong.getMessage());
        }
    }

    /**
     * Whether its owner may open and continue sessions of that node name. A node may in its own name and in those that go on after it
     * with {@code /} or {@code :}; peers and operators in any.
     */
    public boolean mayBe(String node) {
        return role != Role.NODE
                || node.equals(name)
                || (node.length() > name.length()
                        && node.startsWith(name)
                        && (node.charAt(name.length()) == '/' || node.charAt(name.length()) == ':'));
    }

    /** As it stands in a certificate. */
    public String urn() {
        return PREFIX + cluster + ":" + role.word() + ":" + name;
    }

    /** For people: {@code node web1}. */
    @Override
    public String toString() {
        return role.word() + " " + name;
    }
}
