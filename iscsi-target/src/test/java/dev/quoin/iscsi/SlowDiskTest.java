package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proves that task management is answered while the commands that it aborts are in a disk that takes its time, as soon as it lets them go. */
class SlowDiskTest {

    private static final int BLOCK = 512;
    private static final int COMMANDS = 16;

    @ParameterizedTest
    @ValueSource(
            ints = {
                Request.TaskManagement.ABORT_TASK,
                Request.TaskManagement.ABORT_TASK_SET,
                Request.TaskManagement.CLEAR_TASK_SET,
                Request.TaskManagement.LOGICAL_UNIT_RESET,
                Request.TaskManagement.TARGET_WARM_RESET,
                Request.TaskManagement.TARGET_COLD_RESET
            })
    void function_isAnsweredWhenTheDiskHasLetGo_andWhatItAbortsNever(int function) throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, 1 << 20);
                FaultyDevice slow = new FaultyDevice(memory, new PowerSupply(1));
                Exported exported = Exported.with(Exported.config(0, slow).withoutPowerOnAttention());
                RawInitiator one = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "");
                RawInitiator other = RawInitiator.loggedIn(exported, Exported.INITIATOR, 2, "")) {
            slow.hang();
            int tag = fill(one);
            fill(other);
            one.send(new Request.TaskManagement(true, function, 0, 777, tag, one.nextCmdSn(), 0, 0, 0));
            echo(one);
            // The disk is all that the function waits for.
            slow.resume();
            Response answer = one.receive().header();
            while (answer instanceof Response.ScsiResponse ended) {
                assertThat(function == Request.TaskManagement.ABORT_TASK && ended.initiatorTaskTag() != tag)
                        .as("only the others of a single abort end: " + ended)
                        .isTrue();
                answer = one.receive().header();
            }
            assertThat(((Response.TaskManagementResponse) answer).response())
                    .isEqualTo(Response.TaskManagementResponse.COMPLETE);
        }
    }

    /** Sends writes, waits until the target has taken them, and gives the tag of the last. */
    private static int fill(RawInitiator raw) throws IOException {
        int tag = 0;
        for (int i = 0; i < COMMANDS; i++) {
            Request.ScsiCommand write = raw.write(i, 1, true, BLOCK);
            raw.send(write, new byte[BLOCK]);
            tag = write.initiatorTaskTag();
        }
        echo(raw);
        return tag;
    }

    /** Waits until the target has taken all that was sent. */
    private static void echo(RawInitiator raw) throws IOException {
        raw.send(new Request.NopOut(true, 0, 999, Bhs.TAG_NONE, 0, 0));
        assertThat(raw.receive().header()).isInstanceOf(Response.NopIn.class);
    }
}
