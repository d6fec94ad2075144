package dev.quoin.iscsi.connection;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.scsi.Cdb;
import dev.quoin.iscsi.scsi.OverwriteList;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.unit.RangeGate;
import dev.quoin.iscsi.unit.Sanitation;
import dev.quoin.iscsi.unit.ServedUnit;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SANITIZE (SBC-4 4.11, 5.30): has the device erase all blocks, by the requests of which it says that they leave nothing behind.
 *
 * <p>One virtual thread for each unit that is being sanitized, {@code iscsi-sanitize-SERIAL}. It outlives the command and its session.
 */
final class Sanitizing implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Sanitizing.class);
    private static final int STEP_BYTES = 1 << 20;
    private static final Outcome FAILED = Outcomes.check(SenseCode.SANITIZE_FAILED);

    private final ServedUnit served;
    private final @Nullable OverwriteList overwrite;
    private final CompletableFuture<Outcome> ended = new CompletableFuture<>();

    private Sanitizing(ServedUnit served, @Nullable OverwriteList overwrite) {
        this.served = served;
        this.overwrite = overwrite;
    }

    /** Begins, or leaves the failure of the last one; completes with how the command ends. */
    static CompletableFuture<Outcome> run(ServedUnit served, ScsiCommand.Sanitize command, ByteBuffer list) {
        Sanitation sanitation = served.sanitation();
        if (command.action() == Cdb.SANITIZE_EXIT_FAILURE_MODE) {
            return now(sanitation.exitFailure() ? Outcomes.GOOD : new Outcome.Check(Sense.invalidField(1)));
        }
        OverwriteList overwrite = null;
        if (command.action() == Cdb.SANITIZE_OVERWRITE) {
            overwrite = OverwriteList.read(list, served.unit().geometry().blockSize());
            if (overwrite == null) {
                return now(Outcomes.check(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
            }
        }
        if (!sanitation.begin(command.unrestricted())) {
            Sense running = sanitation.progress();
            return now(new Outcome.Check(running == null ? Sense.invalidField(1) : running));
        }
        Sanitizing made = new Sanitizing(served, overwrite);
        Thread.ofVirtual()
                .name("iscsi-sanitize-" + served.unit().identity().serial())
                .start(made);
        return command.immediate() ? now(Outcomes.GOOD) : made.ended;
    }

    private static CompletableFuture<Outcome> now(Outcome outcome) {
        return CompletableFuture.completedFuture(outcome);
    }

    @Override
    public void run() {
        String serial = served.unit().identity().serial();
        LOG.info("unit is being sanitized; unit={} passes={}", serial, overwrite == null ? 0 : overwrite.passes());
        boolean good = false;
        // Writes that were let in before end first; new commands are refused already.
        RangeGate.Pass pass =
                served.gate().enter(0, served.unit().geometry().size(), true).join();
        try {
            good = erase(served.unit().device());
        } catch (DeviceException failure) {
            LOG.error("sanitizing failed, some blocks may hold what they held; unit={}", serial, failure);
        } finally {
            served.gate().leave(pass);
            served.sanitation().end(good);
            LOG.info("sanitizing ended; unit={} good={}", serial, good);
            ended.complete(good ? Outcomes.GOOD : FAILED);
        }
    }

    private boolean erase(BlockDevice device) throws DeviceException {
        long size = device.geometry().size();
        int passes = overwrite == null ? 1 : overwrite.passes();
        ByteBuffer blocks = ByteBuffer.allocate(overwrite == null ? 0 : (int) Math.min(STEP_BYTES, size));
        for (int number = 0; number < passes; number++) {
            if (overwrite != null) {
                overwrite.fill(number, blocks.clear(), device.geometry().blockSize());
            }
            for (long at = 0; at < size; at += STEP_BYTES) {
                if (!served.sanitation().goesOn(number * size + at, passes * size)) {
                    return false;
                }
                int step = (int) Math.min(STEP_BYTES, size - at);
                if (overwrite == null) {
                    BlockIo.discard(device, at, step);
                } else {
                    BlockIo.write(device, at, blocks.clear().limit(step), WriteMode.CACHED);
                }
            }
            BlockIo.flush(device);
        }
        return true;
    }
}
