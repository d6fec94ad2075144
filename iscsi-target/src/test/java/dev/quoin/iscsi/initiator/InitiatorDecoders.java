package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.DeviceException;
import dev.quoin.iscsi.fuzz.FuzzTarget;
import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.ParsedKeys;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The decoders of the initiator: a target is a peer like others. */
public final class InitiatorDecoders {

    private static final String REFUSED = "refused";
    private static final LoggedIn LOGIN = new Negotiated().result(unconnected(), 100, 1);

    private InitiatorDecoders() {}

    private static SocketChannel unconnected() {
        try {
            return SocketChannel.open();
        } catch (IOException noSocket) {
            throw new UncheckedIOException(noSocket);
        }
    }

    /** The targets. */
    public static List<FuzzTarget<?>> all() {
        return List.of(sense(), disks(), redirects(), agreements(), urls(), reports(), streams());
    }

    private static FuzzTarget<?> sense() {
        byte[] fixed = new byte[18];
        fixed[0] = 0x70;
        fixed[2] = 5;
        fixed[12] = 0x21;
        return FuzzTarget.of(
                        "initiator.SenseFault.parse",
                        40,
                        new Limit(256, 0),
                        input -> SenseFault.parse(ByteBuffer.wrap(input), 0, input.length))
                .from(fixed, new byte[] {0x72, 3, 0x11, 0, 0, 0, 0, 0})
                .sortedBy(SenseFault::code)
                .checking((input, fault) -> assertThat(fault.key()).isBetween(0, 15));
    }

    /** Answers to the commands of a probe one after the other: a byte of length, then the data; length 255 is a bad status. */
    private static FuzzTarget<?> disks() {
        return FuzzTarget.of("initiator.DiskProbe.run", 1_200, new Limit(65_536, 512), input -> {
                    int[] at = new int[1];
                    DiskProbe.Caller caller = (high, low, allocation) -> {
                        int length = at[0] < input.length ? input[at[0]++] & 0xFF : 0;
                        if (length == 0xFF) {
                            return new DiskProbe.Answer(new SenseFault(5, 0x24, 0), ByteBuffer.allocate(0));
                        }
                        int end = Math.min(input.length, at[0] + Math.min(length, allocation));
                        byte[] data = Arrays.copyOfRange(input, at[0], end);
                        at[0] = end;
                        return new DiskProbe.Answer(null, ByteBuffer.wrap(data));
                    };
                    try {
                        return new DiskProbe("fuzzed", caller).run();
                    } catch (IOException refused) {
                        return REFUSED;
                    }
                })
                .from(answers(512, 0), answers(4096, 0x11))
                .rarely(2)
                .sortedBy(found -> found instanceof Disk disk
                        ? List.of(disk.geometry().blockSize(), disk.geometry().optimalTransfer() == 0)
                        : found);
    }

    /** What a good disk answers to a probe. */
    private static byte[] answers(int blockSize, int exponents) {
        ByteBuffer all = ByteBuffer.allocate(512);
        all.put((byte) 0);
        all.put((byte) 36).put(new byte[36]);
        all.put((byte) 32)
                .putLong(8191)
                .putInt(blockSize)
                .put((byte) 0)
                .put((byte) exponents)
                .put((byte) 0xC0);
        all.position(1 + 37 + 33);
        all.put((byte) 64)
                .put(ByteBuffer.allocate(64)
                        .putInt(8, 2048)
                        .putInt(12, 64)
                        .putLong(36, 4096)
                        .array());
        all.put((byte) 8).put(new byte[] {0, (byte) 0xB2, 0, 4, 0, (byte) 0xE0, 0, 0});
        all.put((byte) 24)
                .put(ByteBuffer.allocate(24)
                        .put(4, (byte) 8)
                        .put(5, (byte) 18)
                        .put(6, (byte) 4)
                        .array());
        all.put((byte) 12).put(new byte[] {0, (byte) 0x80, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8});
        return Arrays.copyOf(all.array(), all.position());
    }

    private static @Nullable TextKeys keys(byte[] input) {
        ParsedKeys parsed = TextKeys.parse(input);
        return parsed instanceof TextKeys keys ? keys : null;
    }

    private static FuzzTarget<?> redirects() {
        return FuzzTarget.of("initiator.Redirect.of", 300, new Limit(16_384, 256), input -> {
                    TextKeys keys = keys(input);
                    PortalAddress portal = keys == null ? null : Redirect.of(keys);
                    return portal == null ? REFUSED : portal;
                })
                .covering("initiator.PortalAddress.parse")
                .from(
                        ascii("TargetAddress=10.0.0.1:3260,1\0"),
                        ascii("TargetAddress=[fe80::1]:3261\0"),
                        ascii("TargetAddress=a.example\0"))
                .sortedBy(found -> found instanceof PortalAddress portal
                        ? List.of(portal.host().contains(":"), portal.port() == IscsiUrl.DEFAULT_PORT)
                        : found)
                .checking((input, found) -> {
                    if (found instanceof PortalAddress portal) {
                        assertThat(portal.port()).isBetween(1, 65_535);
                        assertThat(PortalAddress.parse(portal.toString())).isEqualTo(portal);
                    }
                });
    }

    private static FuzzTarget<?> agreements() {
        return FuzzTarget.of("initiator.Negotiated.take", 600, new Limit(65_536, 256), input -> {
                    TextKeys keys = keys(input);
                    Negotiated agreed = new Negotiated();
                    try {
                        agreed.take(keys == null ? new TextKeys(List.of()) : keys);
                        return keys == null ? REFUSED : "agreed";
                    } catch (IOException refused) {
                        return String.valueOf(refused.getMessage()).substring(0, 8);
                    }
                })
                .from(
                        ascii("HeaderDigest=None\0DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0"
                                + "MaxRecvDataSegmentLength=262144\0FirstBurstLength=0x10000\0"),
                        ascii("X-dev.quoin.incarnation=run-1\0MaxRecvDataSegmentLength=8192\0"))
                .sortedBy(outcome -> outcome);
    }

    private static FuzzTarget<?> urls() {
        return FuzzTarget.of("initiator.IscsiUrl.parse", 300, new Limit(65_536, 512), input -> {
                    try {
                        return IscsiUrl.parse(new String(input, StandardCharsets.UTF_8));
                    } catch (DeviceException refused) {
                        return REFUSED;
                    }
                })
                .from(
                        ascii("iscsi://[::1]:3261/iqn.2026-11.dev.quoin:x/7"),
                        ascii("iscsi://host/iqn.x:t/0?initiator=iqn.x:i&also=a:1,b:2&chap-user=u&chap-secret-file=/s"))
                .rarely(4)
                .sortedBy(found -> found instanceof IscsiUrl url ? url.others().size() : found)
                .checking((input, found) -> {
                    if (found instanceof IscsiUrl url) {
                        IscsiUrl again = IscsiUrl.parse(url.toString());
                        assertThat(again.host()).isEqualTo(url.host());
                        assertThat(again.port()).isEqualTo(url.port());
                        assertThat(again.targetName()).isEqualTo(url.targetName());
                    }
                });
    }

    /** The answers to READ KEYS and READ RESERVATION, each half of the input. */
    private static FuzzTarget<?> reports() {
        byte[] good = ByteBuffer.allocate(48)
                .putInt(0, 3)
                .putInt(4, 16)
                .putLong(8, 0xABC)
                .putInt(24, 3)
                .putInt(28, 16)
                .putLong(32, 0xABC)
                .put(45, (byte) 5)
                .array();
        return FuzzTarget.of("initiator.UnitReservations.report", 200, new Limit(2_048, 32), input -> {
                    byte[] whole = input.length < 16 ? Arrays.copyOf(input, 16) : input;
                    int half = whole.length / 2;
                    return UnitReservations.report(
                            ByteBuffer.wrap(Arrays.copyOf(whole, half)),
                            ByteBuffer.wrap(Arrays.copyOfRange(whole, half, whole.length)));
                })
                .from(good)
                .sortedBy(report -> String.valueOf(report.type()))
                .checking((input, report) -> assertThat(report.keys()).hasSizeLessThanOrEqualTo(input.length / 8));
    }

    /** A channel that gives the bytes of an input in two pieces and swallows what is sent. */
    private static final class Replayed implements ScatteringByteChannel, GatheringByteChannel {
        private final ByteBuffer input;
        private final int cut;

        Replayed(byte[] input) {
            this.input = ByteBuffer.wrap(input);
            this.cut = input.length / 3;
        }

        @Override
        public int read(ByteBuffer target) {
            if (!input.hasRemaining()) {
                return -1;
            }
            int end = input.position() < cut ? cut : input.limit();
            int count = Math.min(target.remaining(), end - input.position());
            target.put(input.slice().limit(count));
            input.position(input.position() + count);
            return count;
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            for (int i = offset; i < offset + length; i++) {
                if (targets[i].hasRemaining()) {
                    return read(targets[i]);
                }
            }
            return 0;
        }

        @Override
        public long read(ByteBuffer[] targets) {
            return read(targets, 0, targets.length);
        }

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            return count;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long count = 0;
            for (int i = offset; i < offset + length; i++) {
                count += write(sources[i]);
            }
            return count;
        }

        @Override
        public long write(ByteBuffer[] sources) {
            return write(sources, 0, sources.length);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    /** Learns what the answers were. */
    private static final class Answers implements Receiver.Listener {
        private final List<Object> seen = new ArrayList<>();

        @Override
        public void answered(
                Command command, int status, boolean residual, ByteBuffer in, int senseAt, int senseLength) {
            assertThat(command.received()).isBetween(0, command.length());
            seen.add(
                    status == 0
                            ? residual
                            : SenseFault.parse(in, senseAt, senseLength).code());
        }

        @Override
        public void loggedOut() {
            seen.add("logout");
        }
    }

    /** PDUs of a target while a READ of 4 KiB, a WRITE of 4 KiB and a READ of 252 bytes are open. */
    private static FuzzTarget<?> streams() {
        int[] tags = new int[3];
        outstanding(new Replayed(new byte[0]), tags);
        ByteBuffer dataIn = ByteBuffer.allocate(Bhs.LENGTH + 252);
        Bhs.start(dataIn, 0, Opcode.DATA_IN, Bhs.FLAG_FINAL | Bhs.FLAG_STATUS, 252, tags[2]);
        ByteBuffer r2t = ByteBuffer.allocate(Bhs.LENGTH);
        Bhs.start(r2t, 0, Opcode.R2T, Bhs.FLAG_FINAL, 0, tags[1]);
        r2t.putInt(20, 9).putInt(40, 0).putInt(44, 4096);
        ByteBuffer response = ByteBuffer.allocate(Bhs.LENGTH + 20);
        Bhs.start(response, 0, Opcode.SCSI_RESPONSE, Bhs.FLAG_FINAL, 20, tags[0]);
        response.put(3, (byte) 2).putShort(Bhs.LENGTH, (short) 18).put(Bhs.LENGTH + 2, (byte) 0x70);
        ByteBuffer ping = ByteBuffer.allocate(Bhs.LENGTH);
        Bhs.start(ping, 0, Opcode.NOP_IN, Bhs.FLAG_FINAL, 0, Bhs.TAG_NONE);
        ping.putInt(20, 7);
        ByteBuffer event = ByteBuffer.allocate(Bhs.LENGTH);
        Bhs.start(event, 0, Opcode.ASYNC_MESSAGE, Bhs.FLAG_FINAL, 0, Bhs.TAG_NONE);
        return FuzzTarget.of("initiator.Receiver.receive", 700, new Limit(65_536, 256), input -> {
                    Replayed channel = new Replayed(input);
                    Sender sender = outstanding(channel, new int[3]);
                    Answers answers = new Answers();
                    Receiver receiver = new Receiver(channel, sender, answers, "fuzzed");
                    try {
                        while (receiver.receive()) {
                            sender.pump();
                        }
                    } catch (IOException ended) {
                        answers.seen.add(String.valueOf(ended.getMessage()).replaceAll("[0-9]", ""));
                    }
                    return answers.seen;
                })
                .from(dataIn.array(), r2t.array(), response.array(), ping.array(), event.array())
                // Each costs a receive buffer of a connection, a megabyte outside the heap.
                .rarely(20)
                .sortedBy(seen -> seen);
    }

    private static Sender outstanding(Replayed channel, int[] tags) {
        CommandQueue queue = new CommandQueue();
        Command.Completion nobody = new Command.Completion() {
            @Override
            public void done(Command command) {
                // The listener is told.
            }

            @Override
            public void failed(Command command, DeviceException failure) {
                throw new IllegalStateException("not told by the receiver", failure);
            }
        };
        queue.add(Command.read(0, 8, ByteBuffer.allocate(4096), nobody));
        queue.add(Command.write(0, 8, ByteBuffer.allocate(4096), false, nobody));
        queue.add(new Command(0x12L << 56, 0, Command.Direction.READ, ByteBuffer.allocate(252), nobody));
        Sender sender = new Sender(channel, queue, 0, LOGIN, 8, () -> {});
        sender.pump();
        int i = 0;
        for (Command command : sender.sent()) {
            tags[i++] = command.tag();
        }
        return sender;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
