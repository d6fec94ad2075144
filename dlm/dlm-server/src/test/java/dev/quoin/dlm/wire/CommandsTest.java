package dev.quoin.dlm.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.core.EffectSink;
import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.Operation;
import dev.quoin.dlm.proto.Acquire;
import dev.quoin.dlm.proto.AcquireMany;
import dev.quoin.dlm.proto.Adopt;
import dev.quoin.dlm.proto.Commit;
import dev.quoin.dlm.proto.Convert;
import dev.quoin.dlm.proto.Guard;
import dev.quoin.dlm.proto.ListRanges;
import dev.quoin.dlm.proto.LogBatch;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Mode;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.OpenSession;
import dev.quoin.dlm.proto.Queue;
import dev.quoin.dlm.proto.RangeKind;
import dev.quoin.dlm.proto.Release;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.dlm.proto.SetRange;
import dev.quoin.dlm.proto.TestRange;
import dev.quoin.dlm.proto.TokenHeld;
import dev.quoin.dlm.proto.ValueBlock;
import dev.quoin.dlm.proto.Wanted;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that log entries keep their bytes, and that nothing a client sends can make a replica fail. */
class CommandsTest {

    private static Operation read(dev.quoin.dlm.proto.Operation.Builder operation) {
        return Operations.read(operation.setSequence(1).build());
    }

    private static void isMalformed(dev.quoin.dlm.proto.Operation.Builder operation, String why) {
        assertThat(read(operation))
                .isInstanceOfSatisfying(
                        Operation.Malformed.class,
                        malformed -> assertThat(malformed.reason()).contains(why));
    }

    private static dev.quoin.dlm.proto.Operation.Builder operation() {
        return dev.quoin.dlm.proto.Operation.newBuilder();
    }

    @Test
    void malformedOperations_becomeRefusals() {
        isMalformed(operation(), "without a kind");
        isMalformed(operation().setAcquire(Acquire.newBuilder()), "resource name of 0 bytes");
        isMalformed(
                operation().setAcquire(Acquire.newBuilder().setResource(ByteString.copyFrom(new byte[65]))),
                "resource name of 65 bytes");
        isMalformed(
                operation()
                        .setAcquire(Acquire.newBuilder()
                                .setResource(ByteString.copyFromUtf8("r"))
                                .setModeValue(6)),
                "mode 6");
        isMalformed(operation().setConvert(Convert.newBuilder().setQueueValue(9)), "queue 9");
        ValueBlock.Builder tooLong = ValueBlock.newBuilder().setBytes(ByteString.copyFrom(new byte[65]));
        isMalformed(operation().setConvert(Convert.newBuilder().setValue(tooLong)), "value block of 65 bytes");
        isMalformed(operation().setRelease(Release.newBuilder().setValue(tooLong)), "value block of 65 bytes");
        isMalformed(operation().setCommit(Commit.newBuilder().addGuards(Guard.newBuilder())), "guard without a kind");
        isMalformed(
                operation()
                        .setCommit(Commit.newBuilder()
                                .addGuards(Guard.newBuilder()
                                        .setTokenHeld(
                                                TokenHeld.newBuilder().setResource(ByteString.copyFromUtf8("r"))))),
                "token 0");
        isMalformed(
                operation().setOpenLockspace(OpenLockspace.newBuilder().setPolicyValue(3)), "policy 3 found, 0 to 2");
        ByteString name = ByteString.copyFromUtf8("r");
        isMalformed(operation().setAdopt(Adopt.newBuilder()), "resource name of 0 bytes");
        isMalformed(operation().setAdopt(Adopt.newBuilder().setResource(name).setModeValue(6)), "mode 6");
        isMalformed(
                operation().setAcquireMany(AcquireMany.newBuilder().addWanted(Wanted.newBuilder())),
                "resource name of 0 bytes");
        isMalformed(
                operation()
                        .setAcquireMany(AcquireMany.newBuilder()
                                .addWanted(Wanted.newBuilder().setResource(name).setModeValue(-1))),
                "mode -1");
    }

    @Test
    void malformedRanges_becomeRefusals() {
        ByteString name = ByteString.copyFromUtf8("r");
        SetRange good = SetRange.newBuilder()
                .setResource(name)
                .setOwner(1)
                .setEnd(Long.MAX_VALUE)
                .build();
        assertThat(read(operation().setSetRange(good))).isInstanceOf(Operation.SetRange.class);
        isMalformed(operation().setSetRange(good.toBuilder().clearResource()), "resource name of 0 bytes");
        isMalformed(operation().setSetRange(good.toBuilder().clearOwner()), "owner 0");
        isMalformed(operation().setSetRange(good.toBuilder().setEnd(-1)), "range from 0 to -1");
        isMalformed(operation().setSetRange(good.toBuilder().setStart(-1)), "range from -1");
        isMalformed(operation().setSetRange(good.toBuilder().setStart(5).setEnd(4)), "range from 5 to 4");
        isMalformed(operation().setSetRange(good.toBuilder().setKindValue(3)), "kind 3");
        TestRange test =
                TestRange.newBuilder().setResource(name).setOwner(1).setEnd(9).build();
        assertThat(read(operation().setTestRange(test))).isInstanceOf(Operation.TestRange.class);
        isMalformed(operation().setTestRange(test.toBuilder().setKind(RangeKind.UNLOCK)), "kind 2");
        isMalformed(operation().setTestRange(test.toBuilder().clearOwner()), "owner 0");
        isMalformed(operation().setListRanges(ListRanges.newBuilder()), "resource name of 0 bytes");
    }

    @Test
    void logBatch_ofKnownCommands_hasGoldenBytes() throws Exception {
        LogBatch batch = LogBatch.newBuilder()
                .setVersion(1)
                .setStampMillis(1_000)
                .addCommands(LogCommand.newBuilder()
                        .setOpen(OpenSession.newBuilder()
                                .setNonce(ByteString.copyFrom(new byte[] {1, 2}))
                                .setNode("n")
                                .setSupersede(true)
                                .setLeaseMillis(500)))
                .addCommands(LogCommand.newBuilder()
                        .setSession(SessionFrame.newBuilder()
                                .setSession(1)
                                .setAttach(true)
                                .setAckedThrough(7)
                                .addAcked(9)
                                .addOperations(operation()
                                        .setSequence(10)
                                        .setAcquire(Acquire.newBuilder()
                                                .setLockspace(2)
                                                .setResource(ByteString.copyFromUtf8("r"))
                                                .setMode(Mode.EX)
                                                .setQueue(Queue.NOQUEUE)
                                                .setListens(true)))))
                .addCommands(LogCommand.newBuilder().setExpire(3))
                .build();
        assertThat(HexFormat.of().formatHex(batch.toByteArray()))
                .isEqualTo("080110e8071a0e0a0c0a02010212016e180120f403"
                        + "1a1c121a0801100120072a0109320f080a1a0b0802120172180520012801"
                        + "1a021803");
        List<Command> commands = new ArrayList<>();
        for (LogCommand command : LogBatch.parseFrom(batch.toByteArray()).getCommandsList()) {
            Commands.read(command, commands::add);
        }
        assertThat(commands)
                .hasSize(5)
                .contains(
                        new Command.Attach(1),
                        new Command.Acknowledge(1, 7, new long[] {9}),
                        new Command.ExpireSession(3));
    }

    @Test
    void randomBytes_asFrames_neverMakeTheCoreFail() {
        Property.forAll(3_000, random -> {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            byte[] start = {0x08, 0x01, 0x32};
            byte[] frame = random.nextBoolean() ? bytes : concat(start, (byte) bytes.length, bytes);
            SessionFrame parsed;
            try {
                parsed = SessionFrame.parseFrom(frame);
            } catch (InvalidProtocolBufferException notAFrame) {
                // gRPC ends such a stream.
                return;
            }
            LockCore core = new LockCore(Limits.DEFAULT, true);
            core.apply(new Command.OpenSession(new java.util.UUID(1, 1), "n", false, 1_000), 1, EffectSink.NONE);
            Commands.read(
                    LogCommand.newBuilder()
                            .setSession(parsed.toBuilder().setSession(1))
                            .build(),
                    command -> core.apply(command, 1, EffectSink.NONE));
        });
    }

    private static byte[] concat(byte[] start, byte length, byte[] rest) {
        byte[] all = java.util.Arrays.copyOf(start, start.length + 1 + rest.length);
        all[start.length] = length;
        System.arraycopy(rest, 0, all, start.length + 1, rest.length);
        return all;
    }
}
