package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.chap.ChapAlgorithm;
import dev.quoin.iscsi.chap.ChapCredentials;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.chap.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a URL says that the credentials of CHAP are. A URL never holds a secret itself: URLs are written to logs and lists of
 * processes.
 *
 * @param user the initiator's name for CHAP
 * @param secretFile its secret
 * @param target the same of the target; null if it need not prove itself
 * @param algorithms what to offer, the favourite first
 */
public record ChapFiles(
        String user, Path secretFile, @Nullable Target target, List<ChapAlgorithm> algorithms) {

    public ChapFiles {
        algorithms = List.copyOf(algorithms);
    }

    /**
     * What the target has to prove itself with.
     *
     * @param user the target's name for CHAP
     * @param secretFile its secret
     */
    public record Target(String user, Path secretFile) {}

    /**
     * Reads the files. Blocking.
     *
     * @throws IOException naming the file that cannot be used
     * @throws IllegalArgumentException if a name cannot be used, or both secrets are the same
     */
    ChapLogin read() throws IOException {
        ChapCredentials own = new ChapCredentials(user, SecretFile.read(secretFile));
        ChapCredentials other =
                target == null ? null : new ChapCredentials(target.user(), SecretFile.read(target.secretFile()));
        return new ChapLogin(own, other, algorithms);
    }
}
