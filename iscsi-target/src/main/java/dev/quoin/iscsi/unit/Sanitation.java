package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Whether a unit is being sanitized, or that failed, and what it may do meanwhile (SBC-4 4.11).
 *
 * <pre>
 *   IDLE ──► RUNNING ──► IDLE        begin; all is gone
 *    ▲          └──────► FAILED      something may be left
 *    └───────────────────┘           a sanitizing that succeeds; EXIT FAILURE MODE, if it was begun unrestricted
 * </pre>
 *
 * <p>Any thread may use it; nothing blocks. It is not kept when the target ends: devices that are, do not offer it.
 */
public final class Sanitation {

    private static final int WHOLE = 0x1_0000;

    private enum State {
        IDLE,
        RUNNING,
        FAILED
    }

    private volatile State state = State.IDLE;
    private volatile int progress;
    private volatile boolean stopped;
    private boolean unrestricted;
    private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

    /** Whether nothing stands against any command. Cheap. */
    public boolean isIdle() {
        return state == State.IDLE;
    }

    /** Whether a sanitizing may begin; then it has, and {@link #end} has to follow. */
    public synchronized boolean begin(boolean mayBeLeft) {
        boolean refused = state == State.RUNNING || stopped || (state == State.FAILED && !unrestricted && mayBeLeft);
        if (!refused) {
            progress = 0;
            unrestricted = mayBeLeft;
            running = new CompletableFuture<>();
            state = State.RUNNING;
        }
        return !refused;
    }

    /** Notes how far it has come; false if it has to end now. */
    public boolean goesOn(long done, long total) {
        progress = (int) Math.min(WHOLE - 1L, (double) done / total * WHOLE);
        return !stopped;
    }

    /** It has ended. */
    public synchronized void end(boolean good) {
        state = good ? State.IDLE : State.FAILED;
        running.complete(null);
    }

    /** EXIT FAILURE MODE: whether the unit is, or was, not to be kept in it. */
    public synchronized boolean exitFailure() {
        if (state == State.FAILED && !unrestricted) {
            return false;
        }
        if (state == State.FAILED) {
            state = State.IDLE;
        }
        return true;
    }

    /** How far it has come; null if it is not under way. */
    public @Nullable Sense progress() {
        return state == State.RUNNING ? Sense.inProgress(SenseCode.SANITIZE_IN_PROGRESS, progress) : null;
    }

    /** Why a command is not done now; null if it is. */
    public @Nullable Sense refusal(ScsiCommand command) {
        return switch (state) {
            case IDLE -> null;
            case RUNNING -> isAllowed(command) ? null : progress();
            case FAILED ->
                isAllowed(command) || command instanceof ScsiCommand.Sanitize
                        ? null
                        : Sense.of(SenseCode.SANITIZE_FAILED);
        };
    }

    /** The target lets go of the device: completes when no sanitizing uses it any more. */
    public synchronized CompletableFuture<Void> stop() {
        stopped = true;
        return running;
    }

    /** SBC-4 4.11.2; a command that cannot be done anyway says so itself. */
    private static boolean isAllowed(ScsiCommand command) {
        return switch (command) {
            case ScsiCommand.Inquiry _,
                    ScsiCommand.ReadCapacity10 _,
                    ScsiCommand.ReadCapacity16 _,
                    ScsiCommand.ReportLuns _,
                    ScsiCommand.ReportSupportedOpcodes _,
                    ScsiCommand.ReportSupportedTaskFunctions _,
                    ScsiCommand.RequestSense _ -> true;
            case ScsiCommand.ModeSense c ->
                c.subpage() == 0 && (c.page() == 0x1C || c.page() == 0x08 || c.page() == 0x0A);
            default -> false;
        };
    }
}
