package dev.quoin.dlm.security;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Issues the certificates of one cluster: {@code authority.crt} and {@code authority.key} in a directory. Keys are on the curve P-256.
 * The work is done by the {@code keytool} of the running Java. Its methods block, and what they write is durable when they return.
 */
public final class CertificateAuthority {

    private static final Duration LIFE = Duration.ofDays(3650);
    private static final Duration TOOL_LIMIT = Duration.ofMinutes(1);
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,252})");
    private static final String AUTHORITY = "authority";
    private static final String OWN = "own";
    private static final String SUBJECT = "CN=Quoin cluster ";

    private final Path directory;

    private CertificateAuthority(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes a new authority. Whoever can read its key can make any certificate: keep the directory away from the nodes.
     *
     * @throws FileAlreadyExistsException if there is one
     */
    public static CertificateAuthority create(Path directory, String cluster) throws IOException {
        new Identity(cluster, Role.OPERATOR, AUTHORITY);
        Files.createDirectories(directory);
        var made = new CertificateAuthority(directory);
        for (Path file : List.of(made.certificateFile(), made.keyFile())) {
            if (Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
        }
        try (Workshop shop = new Workshop()) {
            shop.keytool(
                    "-genkeypair",
                    "-alias",
                    AUTHORITY,
                    "-dname",
                    SUBJECT + cluster,
                    "-validity",
                    Long.toString(LIFE.toDays()),
                    "-ext",
                    "bc:c=ca:true,pathlen:0",
                    "-ext",
                    "ku:c=keyCertSign,cRLSign",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1");
            shop.write(AUTHORITY, made.certificateFile(), made.keyFile());
        }
        return made;
    }

    /** The authority that is in a directory. */
    public static CertificateAuthority open(Path directory) throws IOException {
        var found = new CertificateAuthority(directory);
        Pem.certificates(found.certificateFile());
        return found;
    }

    /**
     * The cluster that it issues certificates for.
     *
     * @throws IOException if its own certificate does not say
     */
    public String cluster() throws IOException {
        String subject = Pem.certificates(certificateFile())
                .getFirst()
                .getSubjectX500Principal()
                .getName();
        if (!subject.startsWith(SUBJECT)) {
            throw new IOException("certificate " + certificateFile() + " of " + subject + " found, " + SUBJECT
                    + "NAME expected: name a directory made by quoin dlm certs create");
        }
        return subject.substring(SUBJECT.length());
    }

    /** The certificate that everybody trusts. */
    public Path certificateFile() {
        return directory.resolve(TlsFiles.AUTHORITY);
    }

    private Path keyFile() {
        return directory.resolve("authority.key");
    }

    /**
     * Issues a certificate: the files of {@link TlsFiles#in}.
     *
     * @param hosts names and addresses of its owner, for clients that compare them; ours do not
     * @throws FileAlreadyExistsException if there is a certificate of that name and {@code replace} is not set
     */
    public TlsFiles issue(Identity identity, List<String> hosts, Duration life, Path to, boolean replace)
            throws IOException {
        TlsFiles files = TlsFiles.in(to, identity.role(), identity.name());
        if (!replace && Files.exists(files.certificates())) {
            throw new FileAlreadyExistsException(files.certificates().toString());
        }
        Files.createDirectories(to);
        StringBuilder names = new StringBuilder("san=uri:").append(identity.urn());
        for (String host : hosts) {
            if (!ADDRESS.matcher(host).matches() && !HOST.matcher(host).matches()) {
                throw new IllegalArgumentException("host '" + host + "' found, a host name or an IP address expected");
            }
            names.append(ADDRESS.matcher(host).matches() ? ",ip:" : ",dns:").append(host);
        }
        try (Workshop shop = new Workshop()) {
            shop.take(
                    AUTHORITY,
                    Pem.key(keyFile()),
                    Pem.certificates(certificateFile()).getFirst());
            shop.keytool(
                    "-genkeypair",
                    "-alias",
                    OWN,
                    "-dname",
                    "CN=" + identity.name() + ",OU=" + identity.role().word() + ",O=Quoin cluster "
                            + identity.cluster(),
                    "-validity",
                    Long.toString(Math.max(1, life.toDays())),
                    "-signer",
                    AUTHORITY,
                    "-ext",
                    names.toString(),
                    "-ext",
                    "ku:c=digitalSignature",
                    "-ext",
                    "eku=serverAuth,clientAuth",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1");
            shop.write(OWN, files.certificates(), files.key());
        }
        if (!files.authorities().toAbsolutePath().equals(certificateFile().toAbsolutePath())) {
            write(files.authorities(), Files.readString(certificateFile()), "rw-r--r--");
        }
        return files;
    }

    /** A file is there with all its content or not at all. */
    private static void write(Path file, String text, String permissions) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(
                directory,
                ".certs",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
        try {
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(permissions));
            try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            try (var name = FileChannel.open(directory, StandardOpenOption.READ)) {
                name.force(true);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** A key store in a directory that only we can read, and its tool. */
    private static final class Workshop implements AutoCloseable {

        private final Path directory = Files.createTempDirectory("quoin-certs");
        private final Path store = directory.resolve("store.p12");
        private final String password = password();

        Workshop() throws IOException {}

        private static String password() {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            return HexFormat.of().formatHex(random);
        }

        void keytool(String... arguments) throws IOException {
            List<String> command = new ArrayList<>();
            command.add(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
            command.addAll(List.of(arguments));
            command.addAll(
                    List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass:env", "QUOIN_STORE"));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("QUOIN_STORE", password);
            builder.environment().put("LC_ALL", "C");
            Process tool = builder.start();
            tool.getOutputStream().close();
            try (InputStream said = tool.getInputStream()) {
                String output = new String(said.readNBytes(1 << 16), StandardCharsets.UTF_8);
                if (!tool.waitFor(TOOL_LIMIT.toMillis(), TimeUnit.MILLISECONDS) || tool.exitValue() != 0) {
                    throw new IOException("keytool could not make the key: " + output.strip());
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while keytool ran", interrupted);
            } finally {
                tool.destroyForcibly();
            }
        }

        private KeyStore load() throws IOException, GeneralSecurityException {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            if (Files.exists(store)) {
                try (InputStream in = Files.newInputStream(store)) {
                    keys.load(in, password.toCharArray());
                }
            } else {
                keys.load(null, null);
            }
            return keys;
        }

        void take(String alias, PrivateKey key, Certificate certificate) throws IOException {
            try {
                KeyStore keys = load();
                keys.setKeyEntry(alias, key, password.toCharArray(), new Certificate[] {certificate});
                try (OutputStream out = Files.newOutputStream(store)) {
                    keys.store(out, password.toCharArray());
                }
            } catch (GeneralSecurityException failure) {
                throw new IOException("the authority's key could not be used: " + failure.getMessage(), failure);
            }
        }

        /** Writes the certificate and its key; of a chain, without the authority. */
        void write(String alias, Path certificateFile, Path keyFile) throws IOException {
            try {
                KeyStore keys = load();
                byte[] key = keys.getKey(alias, password.toCharArray()).getEncoded();
                byte[] certificate = keys.getCertificate(alias).getEncoded();
                CertificateAuthority.write(keyFile, Pem.text("PRIVATE KEY", key), "rw-------");
                CertificateAuthority.write(certificateFile, Pem.text("CERTIFICATE", certificate), "rw-r--r--");
            } catch (GeneralSecurityException failure) {
                throw new IOException("the new key could not be read back: " + failure.getMessage(), failure);
            }
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(store);
            Files.deleteIfExists(directory);
        }
    }
}
