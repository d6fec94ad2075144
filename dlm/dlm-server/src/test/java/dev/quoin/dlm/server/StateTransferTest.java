package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.core.StateSink;
import dev.quoin.dlm.core.Table;
import dev.quoin.dlm.proto.StateChunk;
import dev.quoin.dlm.proto.StateRecord;
import dev.quoin.dlm.raft.LogPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Proves that a state that comes from another peer is taken only as it was sent. */
class StateTransferTest {

    private static final StateRecord ONE = record(1, "a", "b");
    private static final StateRecord TWO = record(2, "c", "dd");

    private final List<String> taken = new ArrayList<>();

    private static StateRecord record(int table, String key, String value) {
        return StateRecord.newBuilder()
                .setTable(table)
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value))
                .build();
    }

    private static StateChunk.Builder last(StateRecord... records) {
        CRC32C crc = new CRC32C();
        for (StateRecord record : records) {
            crc.update(record.getTable());
            crc.update(record.getKey().toByteArray());
            crc.update(record.getValue().toByteArray());
        }
        return StateChunk.newBuilder()
                .setTerm(3)
                .setIndex(7)
                .setLast(true)
                .setCount(records.length)
                .setCrc32C((int) crc.getValue());
    }

    private final class Taker implements StateSink {
        @Override
        public void put(Table table, byte[] key, byte[] value) {
            taken.add(table + " " + new String(key, StandardCharsets.UTF_8));
        }

        @Override
        public void delete(Table table, byte[] key) {
            throw new AssertionError("nothing is deleted");
        }
    }

    private LogPosition take(StateChunk.Builder... chunks) throws IOException {
        List<StateChunk> built = new ArrayList<>();
        for (StateChunk.Builder chunk : chunks) {
            built.add(chunk.build());
        }
        return StateTransfer.take(built.iterator(), new Taker(), "127.0.0.1:1");
    }

    private void isRefused(String why, StateChunk.Builder... chunks) {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> take(chunks))
                .withMessageContaining(why);
    }

    @Test
    void state_asItWasSent_isTaken() throws Exception {
        assertThat(take(StateChunk.newBuilder().addRecords(ONE), last(ONE, TWO).addRecords(TWO)))
                .isEqualTo(new LogPosition(3, 7));
        assertThat(taken).containsExactly(Table.values()[1] + " a", Table.values()[2] + " c");
    }

    @Test
    void state_cutShortOrChanged_isRefused() {
        isRefused("came damaged", StateChunk.newBuilder().addRecords(ONE));
        isRefused("came damaged");
        isRefused("1 records found, 2 expected", last(ONE, TWO).addRecords(TWO));
        isRefused("came damaged", last(ONE, TWO).addRecords(TWO).addRecords(ONE));
        isRefused("came damaged", last(ONE).addRecords(record(1, "a", "c")));
        isRefused("newer version", last(ONE).addRecords(record(99, "a", "b")));
        isRefused("newer version", last(ONE).addRecords(record(-1, "a", "b")));
    }
}
