package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.ValueBlock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Proves that snapshots keep their bytes, that those of version 1 are still read, and that damage is named. */
class StateImagesTest {

    private static final HexFormat HEX = HexFormat.of();
    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));

    /** What a version wrote: table, key and value on each line. Version 1 had a PW lock, a request for EX that waits, results and a key. */
    private static String golden(int version) throws IOException {
        try (InputStream file = StateImagesTest.class.getResourceAsStream("state-" + version + ".txt")) {
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static String image(LockCore core) {
        StringBuilder image = new StringBuilder();
        StateImages.writeAll(core, new StateSink() {
            @Override
            public void put(Table table, byte[] key, byte[] value) {
                image.append(table).append(' ').append(HEX.formatHex(key));
                image.append(' ').append(HEX.formatHex(value)).append('\n');
            }

            @Override
            public void delete(Table table, byte[] key) {
                throw new AssertionError();
            }
        });
        return image.toString();
    }

    private static LockCore load(String image) throws StateFormatException {
        StateLoader loader = new StateLoader(Limits.DEFAULT, true);
        for (String line : image.lines().toList()) {
            String[] parts = line.split(" ", 3);
            loader.put(Table.valueOf(parts[0]), HEX.parseHex(parts[1]), HEX.parseHex(parts[2]));
        }
        return loader.finish();
    }

    /** Everything that a record can hold is in it. */
    private void fill() {
        long dead = core.open("dead", false);
        core.perform(dead, new Operation.OpenLockspace("s", SessionEndPolicy.HOLD_UNTIL_RECOVERED));
        core.perform(dead, new Operation.OpenLockspace("free", SessionEndPolicy.RELEASE));
        core.perform(dead, Asks.acquire("kept", LockMode.EX));
        core.perform(
                dead, new Operation.Acquire(1, ResourceName.of("orphan"), LockMode.PR, Queue.WAIT, true, 4, true, 0));
        long session = core.open("a", false);
        long parent = Asks.lock(core.perform(session, Asks.acquire("p", LockMode.NL)));
        long child = Asks.lock(core.perform(session, Asks.under(parent, "c", LockMode.EX)));
        core.perform(
                session, new Operation.Convert(child, LockMode.PW, Queue.WAIT, ValueBlock.of(new byte[2]), 7, true));
        long broken = Asks.lock(core.perform(session, Asks.acquire("b", LockMode.EX)));
        core.perform(session, Asks.range(1, 0, 9, Kind.WRITE, false));
        core.start(session, Asks.range(2, 5, Long.MAX_VALUE, Kind.READ, true));
        core.start(session, Asks.acquire("kept", LockMode.PW, Queue.WAIT, 3));
        core.perform(session, new Operation.BreakLock(broken, 6));
        core.perform(
                session,
                new Operation.Commit(
                        Transaction.builder().put("key", new byte[2]).build()));
        core.apply(new Command.ExpireSession(dead));
        core.perform(session, new Operation.DeclareFenced(dead));
        core.apply(new Command.Acknowledge(session, 3, new long[0]));
    }

    @Test
    void image_ofKnownState_hasGoldenBytes() throws IOException {
        fill();
        assertThat(image(core.core)).isEqualTo(golden(2));
    }

    @Test
    void image_loaded_isTheSameAgain() throws Exception {
        fill();
        String image = image(core.core);
        assertThat(image(load(image))).isEqualTo(image);
    }

    @Test
    void imageOfVersion1_loaded_goesOn() throws Exception {
        Recorder old = new Recorder(load(golden(1)));
        LockState held = old.core.locks.locks.get(1L);
        LockState waiting = old.core.locks.locks.get(2L);
        assertThat(held).isNotNull();
        assertThat(waiting).isNotNull();
        assertThat(held.granted).isEqualTo(LockMode.PW);
        assertThat(held.token).isEqualTo(1);
        assertThat(waiting.wanted).isEqualTo(LockMode.EX);
        assertThat(old.core.policy("s")).isEqualTo(SessionEndPolicy.HOLD_UNTIL_FENCED);
        old.apply(new Command.Perform(1, 5, Asks.release(1)));
        assertThat(old.effects).contains(new Effect.Answer(1, 3, new Result.Granted(2, 2, ValueBlock.EMPTY, false)));
        String image = image(old.core);
        assertThat(image.lines()).allMatch(line -> line.split(" ", 3)[2].startsWith("02"));
        assertThat(image(load(image))).isEqualTo(image);
    }

    @Test
    void loader_withDamagedRecord_namesIt() {
        StateLoader loader = new StateLoader(Limits.DEFAULT, false);
        assertThatThrownBy(() -> loader.put(Table.META, new byte[] {0}, "\1short".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(StateFormatException.class)
                .hasMessageContaining("META record 00")
                .hasMessageContaining("ends too early");
        assertThatThrownBy(() -> loader.put(Table.REGISTRY, new byte[] {65}, new byte[] {3}))
                .isInstanceOf(StateFormatException.class)
                .hasMessageContaining("version 3 found");
        assertThatThrownBy(() -> loader.put(Table.REGISTRY, new byte[] {65}, new byte[] {0}))
                .isInstanceOf(StateFormatException.class)
                .hasMessageContaining("version 0 found");
    }

    @Test
    void loader_withAnyByteOfARecordChanged_failsInWordsOrLoads() {
        fill();
        String[] lines = image(core.core).split("\n");
        for (int line = 0; line < lines.length; line++) {
            byte[] value = HEX.parseHex(lines[line].split(" ", 3)[2]);
            for (int at = 0; at < value.length; at++) {
                byte[] damaged = value.clone();
                damaged[at] ^= (byte) 0x81;
                String[] all = lines.clone();
                String[] parts = lines[line].split(" ", 3);
                all[line] = parts[0] + " " + parts[1] + " " + HEX.formatHex(damaged);
                try {
                    load(String.join("\n", all));
                } catch (StateFormatException named) {
                    assertThat(named).hasMessageContaining(" ");
                }
            }
        }
    }
}
