package dev.quoin.iscsi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.chap.ChapDecoders;
import dev.quoin.iscsi.connection.ConnectionDecoders;
import dev.quoin.iscsi.initiator.InitiatorDecoders;
import dev.quoin.iscsi.login.LoginDecoders;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that every decoder of what a peer sends makes a value of any bytes, without an exception and without more memory than the
 * bytes earn; a million inputs and more in one run. The property {@code fuzz.inputs} says how many each decoder gets.
 */
class DecoderFuzzTest {

    private static final int INPUTS_DEFAULT = 40_000;
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", INPUTS_DEFAULT);
    private static final long TOTAL_MIN = 1_000_000;
    private static final String ROOT = "dev.quoin.iscsi.";
    private static final AtomicLong TOTAL = new AtomicLong();

    /** Methods and classes that take bytes or keys and decode nothing of their own, with the reason. */
    private static final List<String> NO_DECODERS = List.of(
            // Single fields of a header of 48 bytes, which whoever calls them has found there: fuzzed with PduDecoder
            // and Framer.
            "wire.Bhs",
            // Write.
            "wire.PduEncoder.encode",
            "wire.Digests.append",
            "connection.Responses.reject",
            "connection.Responses.wrap",
            "chap.ChapText.hex",
            "scsi.OverwriteList.fill",
            // Hold a buffer, or pass one on to a decoder that is fuzzed.
            "connection.Arrival.moveTo",
            "connection.BufferPool.give",
            "connection.Task.buffer",
            "connection.Copies.run",
            "connection.Sanitizing.run",
            "connection.ParameterLists.run",
            "connection.DataOuts.dataOut",
            "connection.Dispatcher.dataDigestError",
            "initiator.Receiver$Listener.answered",
            "initiator.DeviceThread.answered",
            // Sorts PDUs to the others; HostileInputTest sends it any bytes over a socket.
            "connection.Dispatcher.take",
            // The data of a device's user.
            "initiator.Command",
            "initiator.IscsiDevice.read",
            "initiator.IscsiDevice.write",
            // Secrets of the owner, and proofs of which every byte is taken.
            "chap.ChapSecret",
            // Pass an image of the store on to PrImage.
            "unit.ReservationStore$Member.enforce",
            "unit.Reservations.enforce");

    static Stream<FuzzTarget<?>> targets() {
        List<FuzzTarget<?>> all = new ArrayList<>(WireDecoders.all());
        all.addAll(ListDecoders.all());
        all.addAll(LoginDecoders.all());
        all.addAll(ChapDecoders.all());
        all.addAll(ConnectionDecoders.all());
        all.addAll(InitiatorDecoders.all());
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void decoder_ofAnyBytes_givesAValue_andTakesNoMoreMemoryThanTheyEarn(FuzzTarget<?> target) {
        TOTAL.addAndGet(Fuzzer.run(target, INPUTS));
    }

    @AfterAll
    static void inputs_areAMillionAndMore() {
        boolean whole = System.getProperty("seed") == null && System.getProperty("runs") == null;
        System.out.println("inputs to decoders: " + TOTAL);
        if (whole && INPUTS >= INPUTS_DEFAULT && TOTAL.get() > INPUTS) {
            assertThat(TOTAL).hasValueGreaterThanOrEqualTo(TOTAL_MIN);
        }
    }

    @Test
    void everyMethod_thatTakesBytesOfAPeer_isFuzzed_orSaidToDecodeNothing() throws Exception {
        Set<String> covered = new TreeSet<>();
        targets().forEach(target -> covered.addAll(target.covers()));
        Set<String> found = new TreeSet<>();
        for (Class<?> type : productClasses()) {
            for (Method method : type.getDeclaredMethods()) {
                if (isDecoder(method)) {
                    String name = type.getName().substring(ROOT.length()).replaceFirst("\\$\\d+$", "");
                    found.add(name + "." + method.getName());
                }
            }
        }
        assertThat(found).as("decoders were found at all").hasSizeGreaterThan(30);
        assertThat(found.stream()
                        .filter(name -> !covered.contains(name)
                                && !NO_DECODERS.contains(name)
                                && !NO_DECODERS.contains(name.substring(0, name.lastIndexOf('.')))))
                .as("neither fuzzed nor named among those that decode nothing")
                .isEmpty();
        Set<String> classes = new TreeSet<>();
        found.forEach(name -> classes.add(name.substring(0, name.lastIndexOf('.'))));
        assertThat(NO_DECODERS.stream().filter(name -> !found.contains(name) && !classes.contains(name)))
                .as("exceptions that no longer exist")
                .isEmpty();
    }

    /** Takes bytes or keys, or has the name of a decoder. */
    private static boolean isDecoder(Method method) {
        if (method.isSynthetic() || Modifier.isPrivate(method.getModifiers())) {
            return false;
        }
        boolean takesBytes = Arrays.stream(method.getParameterTypes())
                .anyMatch(type -> type == ByteBuffer.class || type == byte[].class || type == TextKeys.class);
        return takesBytes
                || method.getName().equals("decode")
                || method.getName().equals("parse");
    }

    private static List<Class<?>> productClasses() throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(IscsiTarget.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class"))
                    .sorted()
                    .toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                types.add(Class.forName(name.substring(0, name.length() - ".class".length())));
            }
        }
        return types;
    }

    @Test
    void fuzzer_findsAFaultBehindTwoConditions_andAnAllocationThatIsNotEarned() {
        FuzzTarget.Limit little = new FuzzTarget.Limit(512, 1);
        byte[] good = new byte[16];
        FuzzTarget<Integer> deep = FuzzTarget.of("test.deep", 64, little, input -> {
                    ByteBuffer in = ByteBuffer.wrap(input);
                    if (input.length < 16 || in.getShort(4) != -1) {
                        return 0;
                    }
                    if (in.get(9) == 0x7F) {
                        throw new ArrayIndexOutOfBoundsException("hidden");
                    }
                    return 1;
                })
                .from(good)
                .sortedBy(stage -> stage);
        assertThatThrownBy(() -> Fuzzer.run(deep, 1_000_000))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("hidden")
                .hasMessageContaining("-Dseed=");
        FuzzTarget<byte[]> glutton = FuzzTarget.of(
                        "test.glutton", 64, little, input -> new byte[input.length > 20 ? 1 << 20 : 0])
                .from(good);
        assertThatThrownBy(() -> Fuzzer.run(glutton, 10_000))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("allocated");
    }
}
