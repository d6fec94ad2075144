package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves the order of tasks with attributes (SAM-5 8.6) over a device that completes in whatever order it likes. */
@Timeout(60)
class TaskOrderTest {

    private static final int SIMPLE = 1;
    private static final int ORDERED = 2;
    private static final int HEAD_OF_QUEUE = 3;

    private static Request.ScsiCommand command(RawInitiator raw, boolean write, int lba, int attribute) {
        long opcode = write ? 0x2AL : 0x28L;
        return new Request.ScsiCommand(
                false,
                true,
                !write,
                write,
                attribute,
                0,
                raw.nextTag(),
                512,
                raw.nextCmdSn(),
                raw.expStatSn(),
                opcode << 56 | (long) lba << 16,
                1L << 56);
    }

    private static int answered(RawInitiator raw) throws Exception {
        Response answer = raw.receive().header();
        return switch (answer) {
            case Response.ScsiResponse response -> response.initiatorTaskTag();
            case Response.DataIn data -> data.initiatorTaskTag();
            default -> throw new AssertionError("an answer to a command expected, " + answer + " found");
        };
    }

    @Test
    void orderedTask_isAnsweredAfterAllBefore_andBeforeAllAfter() throws Exception {
        Random random = new Random(9);
        Executor whenever = task -> CompletableFuture.delayedExecutor(random.nextInt(20), TimeUnit.MILLISECONDS)
                .execute(task);
        try (FaultyDevice device =
                        new FaultyDevice(new MemoryDevice("memory", 512, 1 << 20), new PowerSupply(1), whenever);
                Exported exported = Exported.with(Exported.config(0, device).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            List<Integer> tags = new ArrayList<>();
            List<Integer> orders = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int order = i % 10 == 5 ? ORDERED : SIMPLE;
                boolean write = random.nextBoolean();
                Request.ScsiCommand command = command(raw, write, random.nextInt(8), order);
                tags.add(command.initiatorTaskTag());
                orders.add(order);
                raw.send(command, write ? new byte[512] : new byte[0]);
            }
            Map<Integer, Integer> place = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                place.put(answered(raw), i);
            }
            boolean mixed = false;
            for (int i = 0; i < 100; i++) {
                for (int j = i + 1; j < 100; j++) {
                    boolean inOrder = place.get(tags.get(i)) < place.get(tags.get(j));
                    if (orders.get(i) == ORDERED || orders.get(j) == ORDERED) {
                        assertThat(inOrder).as("tasks %s and %s", i, j).isTrue();
                    }
                    mixed |= !inOrder;
                }
            }
            assertThat(mixed).as("simple tasks overtake each other").isTrue();
        }
    }

    /** Ordered tasks hold buffers and wait for earlier ones, which need some: there is always enough for one. */
    @Test
    void orderedTasks_withLittleMemory_comeToAnEnd() throws Exception {
        Executor whenever = task ->
                CompletableFuture.delayedExecutor(3, TimeUnit.MILLISECONDS).execute(task);
        ConnectionLimits little = new ConnectionLimits(
                Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(15), 8 << 10, Duration.ofSeconds(5));
        try (FaultyDevice device =
                        new FaultyDevice(new MemoryDevice("memory", 512, 1 << 20), new PowerSupply(1), whenever);
                Exported exported = Exported.with(
                        Exported.config(0, device).withoutPowerOnAttention().withLimits(little));
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            Random random = new Random(4);
            for (int i = 0; i < 120; i++) {
                boolean write = random.nextInt(3) > 0;
                raw.send(
                        command(raw, write, random.nextInt(8), random.nextBoolean() ? ORDERED : SIMPLE),
                        write ? new byte[512] : new byte[0]);
            }
            Set<Integer> answers = new HashSet<>();
            for (int i = 0; i < 120; i++) {
                answers.add(answered(raw));
            }
            assertThat(answers).hasSize(120);
        }
    }

    @Test
    void headOfQueue_waitsForNobody() throws Exception {
        Executor slow = CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS);
        try (FaultyDevice device =
                        new FaultyDevice(new MemoryDevice("memory", 512, 1 << 20), new PowerSupply(1), slow);
                Exported exported = Exported.with(Exported.config(0, device).withoutPowerOnAttention());
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            Request.ScsiCommand first = command(raw, true, 0, SIMPLE);
            Request.ScsiCommand ordered = command(raw, true, 0, ORDERED);
            Request.ScsiCommand head = command(raw, false, 0, HEAD_OF_QUEUE);
            raw.send(first, new byte[512]);
            raw.send(ordered, new byte[512]);
            raw.send(head);
            List<Integer> answers = List.of(answered(raw), answered(raw), answered(raw));
            assertThat(answers.getLast()).isEqualTo(ordered.initiatorTaskTag());
            assertThat(answers).contains(head.initiatorTaskTag());
        }
    }
}
