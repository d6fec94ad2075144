package dev.quoin.dlm.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.raft.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a snapshot is there after the store is opened again, as a whole, and that a damaged or newer one is refused. */
class StateStoreTest {

    @TempDir
    Path dir;

    private static List<String> records(StateStore store) throws IOException {
        List<String> found = new ArrayList<>();
        store.export((table, key, value) -> found.add(table + " " + key[0] + " " + value[0]));
        return found;
    }

    private static byte[] b(int value) {
        return new byte[] {(byte) value};
    }

    @Test
    void store_openedAgain_hasWhatWasWritten() throws Exception {
        try (StateStore store = StateStore.open(dir)) {
            assertThat(store.position()).isNull();
            assertThatThrownBy(() -> records(store)).isInstanceOf(IOException.class);
            store.write(new LogPosition(1, 10), sink -> {
                sink.put(Table.REGISTRY, b(1), b(2));
                sink.put(Table.META, b(0), b(3));
                sink.put(Table.LOCKS, b(5), b(6));
            });
            store.write(new LogPosition(2, 20), sink -> {
                sink.delete(Table.LOCKS, b(5));
                sink.put(Table.LOCKS, b(7), b(8));
            });
        }
        try (StateStore store = StateStore.open(dir)) {
            assertThat(store.position()).isEqualTo(new LogPosition(2, 20));
            assertThat(records(store)).containsExactly("META 0 3", "LOCKS 7 8", "REGISTRY 1 2");
            try (StateStore.Replacement dropped = store.replacement()) {
                dropped.sink().put(Table.SESSIONS, b(8), b(8));
            }
            assertThat(records(store)).containsExactly("META 0 3", "LOCKS 7 8", "REGISTRY 1 2");
            try (StateStore.Replacement replacement = store.replacement()) {
                replacement.sink().put(Table.SESSIONS, b(9), b(9));
                replacement.commit(new LogPosition(3, 30));
            }
            assertThat(records(store)).containsExactly("SESSIONS 9 9");
            assertThat(store.position()).isEqualTo(new LogPosition(3, 30));
        }
    }

    @Test
    void header_hasGoldenBytes() throws Exception {
        HexFormat hex = HexFormat.of();
        assertThat(hex.formatHex(StoreHeader.encode()))
                .isEqualTo("51554f494e444c4d00000001000000000000000000000000" + "401d54bf");
        assertThat(hex.formatHex(StoreHeader.encode(new LogPosition(2, 0x1234))))
                .isEqualTo("00000000000000020000000000001234" + "40185f4a");
        StoreHeader.check(dir, StoreHeader.encode());
        assertThat(StoreHeader.position(dir, StoreHeader.encode(new LogPosition(2, 3))))
                .isEqualTo(new LogPosition(2, 3));
    }

    @Test
    void header_damagedOrNewer_isRefused() {
        byte[] damaged = StoreHeader.encode();
        damaged[9] ^= 1;
        assertThatThrownBy(() -> StoreHeader.check(dir, damaged))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining(dir.toString());
        byte[] newer = StoreHeader.encode(2, 0);
        assertThatThrownBy(() -> StoreHeader.check(dir, newer))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 2")
                .hasMessageContaining("update this peer");
        byte[] feature = StoreHeader.encode(1, 4);
        assertThatThrownBy(() -> StoreHeader.check(dir, feature))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("features 0x4");
    }

    @Test
    void directory_thatHoldsSomethingElse_isRefused() throws Exception {
        Files.writeString(dir.resolve("CURRENT"), "not a database");
        assertThatThrownBy(() -> StateStore.open(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be opened")
                .hasMessageContaining(dir.toString());
    }
}
