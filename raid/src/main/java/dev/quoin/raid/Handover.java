package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Puts another core in the place of a running one: with other members, another size or another layout. Blocking.
 *
 * <p>Requests that come meanwhile wait. Those under way end first, and everything is put in place and settled, so that the new core
 * begins as after a start in order, and a cut at any moment finds the one or the other.
 */
final class Handover {

    /** Makes the new core, given that nothing goes on in the old one. */
    interface Change {
        ArrayCore make() throws DeviceException;
    }

    private final ArrayCore old;
    private final Consumer<ArrayCore> install;

    /** Of {@code old}, in whose place {@code install} puts the new core, before a request is sent to that. */
    Handover(ArrayCore old, Consumer<ArrayCore> install) {
        this.old = old;
        this.install = install;
    }

    /**
     * Does it.
     *
     * @throws DeviceException if it cannot be done, in which case the old core goes on; or, with the new core in place, if too few
     *     members are left
     */
    void run(Change change) throws DeviceException {
        CompletableFuture<ArrayCore> waiting = old.admission.hold();
        ArrayCore made;
        try {
            quiesce();
            made = change.make();
        } catch (DeviceException | RuntimeException refused) {
            old.admission.goOn();
            throw refused;
        }
        try {
            made.begin();
        } finally {
            install.accept(made);
            waiting.complete(made);
        }
    }

    private void quiesce() throws DeviceException {
        old.admission.awaitIdle();
        old.journal.drain().join();
        old.journal.checkpoint().join();
        for (Member member : old.activeMembers()) {
            // What was repaired since is not in the journal, so the checkpoint may have found nothing to do.
            Checkpoint.writeMetadata(old, member).join();
            old.io.flush(member).join();
        }
        var recorded = new CompletableFuture<Void>();
        old.membership.whenRecorded(() -> recorded.complete(null));
        recorded.join();
        DeviceException dead = old.dead();
        if (dead != null) {
            throw dead;
        }
    }
}
