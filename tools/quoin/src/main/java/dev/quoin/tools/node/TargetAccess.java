package dev.quoin.tools.node;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.chap.ChapCredentials;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.chap.ChapSecret;
import dev.quoin.iscsi.chap.ChapUser;
import dev.quoin.iscsi.chap.SecretFile;
import dev.quoin.tools.config.ChapConfig;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who may log in to this node's target.
 *
 * <p>The node's own mounts go through its target as well. Where others have to prove themselves they do so too, as a user that is made
 * up at each start and known to this process alone.
 *
 * @param chap the configured users and, if there are any, this process
 * @param own what this process proves itself with; null if nobody has to
 */
record TargetAccess(ChapAccess chap, @Nullable ChapLogin own) {

    private static final int OWN_SECRET_BYTES = 32;

    /**
     * Reads the secrets. Blocking.
     *
     * @throws Fault naming the file that cannot be used, or the user whose secret serves both directions
     */
    static TargetAccess of(TargetConfig target) throws Fault {
        ChapConfig config = target.chap();
        if (config == null) {
            return new TargetAccess(ChapAccess.OPEN, null);
        }
        List<ChapUser> users = new ArrayList<>();
        for (ChapConfig.User user : config.users()) {
            users.add(new ChapUser(credentials(target, user.user(), user.secretFile()), user.initiator()));
        }
        byte[] secret = new byte[OWN_SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        ChapCredentials own = new ChapCredentials("quoin-own-" + UUID.randomUUID(), ChapSecret.of(secret));
        ChapConfig.Mutual mutual = config.mutual();
        ChapCredentials proof = mutual == null ? null : credentials(target, mutual.user(), mutual.secretFile());
        try {
            return new TargetAccess(
                    new ChapAccess(users, proof).with(new ChapUser(own, null)), new ChapLogin(own, null));
        } catch (IllegalArgumentException wrong) {
            throw fault(target, wrong);
        }
    }

    private static ChapCredentials credentials(TargetConfig target, String user, Path file) throws Fault {
        try {
            return new ChapCredentials(user, SecretFile.read(file));
        } catch (IOException | IllegalArgumentException unusable) {
            throw fault(target, unusable);
        }
    }

    private static Fault fault(TargetConfig target, Exception cause) {
        return new Fault(
                ExitCode.USAGE,
                "chap of target " + target.name(),
                String.valueOf(cause.getMessage()),
                "correct the file or the configuration: docs/howto/chap.md shows both",
                cause);
    }
}
