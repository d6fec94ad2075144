package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.EffectSink;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.wire.Commands;
import dev.quoin.dlm.wire.Router;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Carries out log entries on a core, and tells sessions and leases what came of it. One thread at a time uses it. */
final class Applier {

    /** The version of log entries that this peer writes and reads. */
    static final int LOG_VERSION = 1;

    private final Router router;
    private final Leases leases;
    private final EffectSink effects;

    /**
     * Without a core of its own.
     *
     * @param observer told of all that comes of commands, beside the sessions
     */
    Applier(Router router, Leases leases, Consumer<Effect> observer) {
        this.router = router;
        this.leases = leases;
        effects = new EffectSink() {
            @Override
            public void accept(Effect effect) {
                leases.note(effect);
                observer.accept(effect);
                router.accept(effect);
            }

            @Override
            public boolean wantsReads() {
                return router.wantsReads();
            }
        };
    }

    /**
     * Applies an entry.
     *
     * @param submission what was proposed if this very peer appended the entry, else null
     */
    void apply(LockCore core, LogBatch batch, @Nullable Object submission) {
        if (batch.getVersion() > LOG_VERSION) {
            throw new IllegalStateException("log entry of version " + batch.getVersion() + " found, at most "
                    + LOG_VERSION + " expected: update this peer");
        }
        long stamp = batch.getStampMillis();
        Consumer<Command> apply = command -> core.apply(command, stamp, effects);
        for (LogCommand command : batch.getCommandsList()) {
            router.beforeApply(command);
            Commands.read(command, apply);
        }
        if (submission instanceof GroupCommit.Submission(var items)) {
            // The entry was appended by this peer after the keepalives had come, and is committed: it led then.
            for (GroupCommit.Item item : items) {
                if (item.keepalive() != 0 && item.outlet() != null && leases.isAlive(item.session())) {
                    router.confirmKeepalive(item.session(), item.keepalive(), item.outlet());
                }
            }
        }
        router.flush();
    }
}
