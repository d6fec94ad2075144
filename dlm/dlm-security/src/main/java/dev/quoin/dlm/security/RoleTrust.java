package dev.quoin.dlm.security;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts certificates of one cluster and of some roles. The other end is known by the identity in its certificate, so the name under
 * which it was reached is not compared with anything.
 */
final class RoleTrust extends X509ExtendedTrustManager {

    private final Credentials credentials;
    private final Set<Role> roles;

    RoleTrust(Credentials credentials, Set<Role> roles) {
        this.credentials = credentials;
        this.roles = Set.copyOf(roles);
    }

    private void checkIdentity(X509Certificate[] chain) throws CertificateException {
        Identity other = Identity.of(chain[0]);
        String cluster = credentials.self().cluster();
        if (!other.cluster().equals(cluster)) {
            throw new CertificateException(
                    other + " of cluster " + other.cluster() + " found, one of cluster " + cluster + " expected");
        }
        if (!roles.contains(other.role())) {
            throw new CertificateException(
                    other + " found, " + roles.stream().map(Role::word).sorted().toList() + " expected");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        credentials.current().trust().checkClientTrusted(chain, authType);
        checkIdentity(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        credentials.current().trust().checkServerTrusted(chain, authType);
        checkIdentity(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return credentials.current().trust().getAcceptedIssuers();
    }
}
