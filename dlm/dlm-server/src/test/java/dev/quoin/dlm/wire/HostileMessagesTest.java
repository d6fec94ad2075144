package dev.quoin.dlm.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.core.Effect;
import dev.quoin.dlm.core.EffectSink;
import dev.quoin.dlm.core.Limits;
import dev.quoin.dlm.core.LockCore;
import dev.quoin.dlm.core.StateImages;
import dev.quoin.dlm.core.StateLoader;
import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.proto.LogCommand;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.SessionFrame;
import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Proves that well-formed messages with any content, of every kind that the protocol has, are carried out or refused: none makes a
 * replica fail, none leaves a state that a snapshot cannot hold, and no refusal keeps what its client sent.
 */
class HostileMessagesTest {

    private static final int RUNS = 400;
    private static final int OPERATIONS = 150;
    private static final int SESSIONS = 3;

    /** Longer than any name may be. */
    private static final int LONG = 5_000;

    /** The longest text of a refusal: it is kept until the client acknowledges it. */
    private static final int REASON_MAX = 1_000;

    private static long number(RandomGenerator random) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Long.MIN_VALUE;
            case 3 -> Long.MAX_VALUE;
            case 4 -> random.nextLong();
            default -> random.nextInt(12);
        };
    }

    private static byte[] bytes(RandomGenerator random) {
        byte[] bytes = new byte
                [switch (random.nextInt(10)) {
                    case 0 -> 0;
                    case 1 -> 64;
                    case 2 -> 65;
                    case 3 -> LONG;
                    default -> 1;
                }];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(3));
        }
        return bytes;
    }

    private static Object value(FieldDescriptor field, RandomGenerator random) {
        return switch (field.getJavaType()) {
            case INT -> (int) number(random);
            case LONG -> number(random);
            case BOOLEAN -> random.nextBoolean();
            case BYTE_STRING -> ByteString.copyFrom(bytes(random));
            case STRING ->
                random.nextInt(3) == 0
                        ? SessionEndPolicy.values()[random.nextInt(3)].name()
                        : new String(bytes(random), java.nio.charset.StandardCharsets.US_ASCII);
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(7));
            case FLOAT, DOUBLE -> throw new AssertionError("the protocol has no " + field.getType());
            case MESSAGE -> throw new AssertionError("is made by its own builder");
        };
    }

    private static void fill(Message.Builder message, RandomGenerator random) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.getContainingOneof() != null
                    && field.getContainingOneof().getFieldCount() > 1
                    && random.nextInt(field.getContainingOneof().getFieldCount()) != 0) {
                continue;
            }
            int count = field.isRepeated() ? random.nextInt(4) : random.nextInt(6) == 0 ? 0 : 1;
            for (int i = 0; i < count; i++) {
                Object value;
                if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                    Message.Builder inner = message.newBuilderForField(field);
                    fill(inner, random);
                    value = inner.build();
                } else {
                    value = value(field, random);
                }
                if (field.isRepeated()) {
                    message.addRepeatedField(field, value);
                } else {
                    message.setField(field, value);
                }
            }
        }
    }

    private static Operation operation(long sequence, RandomGenerator random) {
        Descriptor descriptor = Operation.getDescriptor();
        List<FieldDescriptor> kinds = descriptor.getOneofs().getFirst().getFields();
        FieldDescriptor kind = kinds.get(random.nextInt(kinds.size()));
        if (kind.getName().equals("end_session")) {
            kind = descriptor.findFieldByName("acquire");
        }
        Operation.Builder operation = Operation.newBuilder();
        Message.Builder inner = operation.newBuilderForField(kind);
        fill(inner, random);
        return operation.setField(kind, inner.build()).setSequence(sequence).build();
    }

    /** A core with a lockspace of each policy, as its own kind of client. */
    private static final class Victim implements EffectSink {
        final LockCore core = new LockCore(Limits.DEFAULT, true);
        final long[] sequences = new long[SESSIONS + 1];

        Victim() {
            for (int i = 1; i <= SESSIONS; i++) {
                core.apply(new Command.OpenSession(new UUID(i, i), "n" + i, false, 1_000), 1, this);
            }
            for (SessionEndPolicy policy : SessionEndPolicy.values()) {
                core.apply(
                        new Command.Perform(
                                1,
                                ++sequences[1],
                                new dev.quoin.dlm.core.Operation.OpenLockspace(policy.name(), policy)),
                        1,
                        this);
            }
        }

        @Override
        public void accept(Effect effect) {
            if (effect instanceof Effect.Answer(long _, long sequence, var result)) {
                for (dev.quoin.dlm.proto.Result part : Results.write(sequence, result)) {
                    assertThat(part.getSequence()).isEqualTo(sequence);
                    assertThat(part.getKindCase()).isNotEqualTo(dev.quoin.dlm.proto.Result.KindCase.KIND_NOT_SET);
                    assertThat(part.getRefused().getReason()).hasSizeLessThan(REASON_MAX);
                    assertThat(part.getConflict().getFound()).hasSizeLessThan(REASON_MAX);
                    assertThat(part.getDenied().getReason()).hasSizeLessThan(REASON_MAX);
                }
            }
        }

        @Override
        public boolean wantsReads() {
            return true;
        }

        void send(int session, Operation operation) {
            SessionFrame frame = SessionFrame.newBuilder()
                    .setSession(session)
                    .addOperations(operation)
                    .build();
            Commands.read(LogCommand.newBuilder().setSession(frame).build(), command -> core.apply(command, 1, this));
        }
    }

    private record Line(Table table, byte[] key, byte[] value) {}

    private static List<Line> image(LockCore core) {
        List<Line> lines = new ArrayList<>();
        StateImages.writeAll(core, new StateSink() {
            @Override
            public void put(Table table, byte[] key, byte[] value) {
                lines.add(new Line(table, key, value));
            }

            @Override
            public void delete(Table table, byte[] key) {
                throw new AssertionError();
            }
        });
        lines.sort(java.util.Comparator.comparing(Line::table));
        return lines;
    }

    @Test
    void anyContent_ofEveryKindOfOperation_isCarriedOutOrRefused() {
        Property.forAll(RUNS, random -> {
            Victim victim = new Victim();
            for (int i = 0; i < OPERATIONS; i++) {
                int session = 1 + random.nextInt(SESSIONS);
                victim.send(session, operation(++victim.sequences[session], random));
            }
            StateLoader loader = new StateLoader(Limits.DEFAULT, true);
            for (Line line : image(victim.core)) {
                loader.put(line.table(), line.key(), line.value());
            }
            assertThat(StateImages.digest(loader.finish())).isEqualTo(StateImages.digest(victim.core));
        });
    }
}
