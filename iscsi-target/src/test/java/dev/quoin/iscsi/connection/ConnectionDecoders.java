package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.fuzz.FuzzTarget;
import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.unit.UnitStates;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The decoders of a logged-in connection that keep a state: the data of a write, the ranges of an UNMAP. */
public final class ConnectionDecoders {

    private static final int WANT = 1_024;
    private static final int TRANSFER_TAG = 5;
    private static final byte UNTOUCHED = 0x55;
    private static final int BLOCK = 512;
    private static final int UNIT_BLOCKS = 128;
    private static final int TEXT_PIECE = 64;

    private ConnectionDecoders() {}

    /** The targets. */
    public static List<FuzzTarget<?>> all() {
        return List.of(dataOuts(), unmapLists(), textRequests());
    }

    private record Collected(List<Collector.Progress> progress, boolean complete, byte[] around) {}

    /** Headers of Data-Out PDUs, each with 64 bytes of data, for a write that has one R2T and unsolicited data open. */
    private static FuzzTarget<?> dataOuts() {
        int piece = Bhs.LENGTH + 64;
        byte[] around = new byte[WANT + 64];
        return FuzzTarget.of("connection.Collector.accept", 20 * piece, new Limit(8_192, 4), input -> {
                    Arrays.fill(around, UNTOUCHED);
                    Collector collector = new Collector(WANT, ByteBuffer.wrap(around, 0, WANT), 2);
                    ByteBuffer in = ByteBuffer.wrap(input);
                    collector.immediate(in, 0, 0, 256, input.length > 0 && input[0] < 0);
                    if (collector.mayAsk()) {
                        collector.asked(TRANSFER_TAG, 512);
                    }
                    List<Collector.Progress> progress = new ArrayList<>();
                    for (int at = 0; at + piece <= input.length; at += piece) {
                        int length = Math.min(64, Bhs.dataLength(in, at));
                        progress.add(collector.accept(in, at, at + Bhs.LENGTH, length));
                        if (progress.getLast() == Collector.Progress.FAULT) {
                            break;
                        }
                    }
                    return new Collected(progress, collector.complete(), around);
                })
                .covering("connection.Collector.immediate")
                .from(pieces(TRANSFER_TAG, 8), pieces(Bhs.TAG_NONE, 4))
                .sortedBy(Collected::progress)
                .checking((input, collected) -> {
                    for (int i = WANT; i < around.length; i++) {
                        assertThat(collected.around()[i])
                                .as("behind the buffer")
                                .isEqualTo(UNTOUCHED);
                    }
                });
    }

    private static ServedUnit served(LogicalUnit unit) {
        try {
            return new UnitStates(ReservationStore.inMemory()).serve(unit);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static FuzzTarget<?> unmapLists() {
        MemoryDevice device = new MemoryDevice("fuzzed", BLOCK, UNIT_BLOCKS * BLOCK);
        ServedUnit served = served(new LogicalUnit(0, device, UnitIdentity.of("fuzzed")));
        Medium medium = new Medium(new BufferPool(1 << 20));
        byte[] good = ByteBuffer.allocate(8 + 3 * 16)
                .putShort(0, (short) (6 + 3 * 16))
                .putShort(2, (short) (3 * 16))
                .putInt(16, 4)
                .putLong(24, 8)
                .putInt(32, 1)
                .putLong(40, UNIT_BLOCKS - 1)
                .putInt(48, 1)
                .array();
        return FuzzTarget.of(
                        "connection.Medium.run",
                        8 + 20 * 16,
                        new Limit(65_536, 512),
                        input -> medium.run(served, new ScsiCommand.Unmap(false, input.length), ByteBuffer.wrap(input))
                                .get(1, TimeUnit.SECONDS))
                .from(good)
                .sortedBy(outcome -> outcome);
    }

    private static byte[] pieces(int tag, int count) {
        ByteBuffer all = ByteBuffer.allocate(count * (Bhs.LENGTH + 64));
        for (int i = 0; i < count; i++) {
            int at = i * (Bhs.LENGTH + 64);
            Bhs.start(all, at, Opcode.DATA_OUT, i == count - 1 ? Bhs.FLAG_FINAL : 0, 64, 1);
            all.putInt(at + 20, tag);
            all.putInt(at + 36, i);
            all.putInt(at + 40, i * 64);
        }
        return all.array();
    }

    /** Requests of 64 bytes of text each, the first byte of which holds the bits, until one is refused. */
    private static FuzzTarget<?> textRequests() {
        Directory directory = value -> value.equals("All")
                ? Optional.of(List.of(new TextKeys.Pair("TargetName", "iqn.x:" + "t".repeat(200))))
                : Optional.empty();
        byte[] good = Arrays.copyOf("\u0001SendTargets=All\0".getBytes(StandardCharsets.ISO_8859_1), TEXT_PIECE);
        return FuzzTarget.of(
                        "connection.TextExchange.take",
                        10 * TEXT_PIECE,
                        new Limit(65_536, 64),
                        input -> exchange(new TextExchange(directory, 512), input))
                .from(good)
                .sortedBy(replies -> replies.getLast().getClass());
    }

    private static List<TextExchange.Reply> exchange(TextExchange exchange, byte[] input) {
        List<TextExchange.Reply> replies = new ArrayList<>(List.of(new TextExchange.Refused(0)));
        int tag = Bhs.TAG_NONE;
        for (int at = 0; at < input.length; at += TEXT_PIECE) {
            byte[] text =
                    Arrays.copyOfRange(input, Math.min(at + 1, input.length), Math.min(at + TEXT_PIECE, input.length));
            var request = new Request.Text(false, (input[at] & 1) != 0, (input[at] & 2) != 0, 0, 1, tag, at, at);
            TextExchange.Reply reply = exchange.take(request, text);
            replies.add(reply);
            tag = (input[at] & 4) == 0 && reply instanceof TextExchange.Part part ? part.transferTag() : Bhs.TAG_NONE;
        }
        return replies;
    }
}
