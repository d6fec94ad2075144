package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Keeps how a command of a {@link DiskProbe} was answered. For one thread. */
final class ProbeCommand implements Command.Completion {

    private DiskProbe.@Nullable Answer answer;

    /** Null as long as there is none. */
    DiskProbe.@Nullable Answer answer() {
        return answer;
    }

    @Override
    public void done(Command command) {
        ByteBuffer data =
                command.length() == 0 ? ByteBuffer.allocate(0) : command.data().limit(command.received());
        answer = new DiskProbe.Answer(null, data);
    }

    /** The unit answered with this. */
    void refused(SenseFault sense) {
        answer = new DiskProbe.Answer(sense, ByteBuffer.allocate(0));
    }

    @Override
    public void failed(Command command, DeviceException failure) {
        throw new IllegalStateException("a probe is answered as it is", failure);
    }
}
