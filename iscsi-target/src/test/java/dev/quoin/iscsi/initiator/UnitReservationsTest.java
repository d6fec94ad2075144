package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.reservation.PrType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that our initiator asks for reservations, learns of conflicts, and is not fooled by an answer that was lost. */
@Timeout(60)
class UnitReservationsTest {

    private static final PrType TYPE = PrType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private MemoryDevice memory;
    private Exported exported;
    private IscsiDevice a;
    private IscsiDevice b;

    @BeforeEach
    void logIn() throws IOException {
        memory = new MemoryDevice("memory", 512, 1 << 20);
        exported = Exported.devices(memory);
        a = open("a", exported.target().port());
        b = open("b", exported.target().port());
    }

    @AfterEach
    void logOut() {
        a.close();
        b.close();
        exported.close();
        memory.close();
    }

    private static IscsiDevice open(String initiator, int port) throws DeviceException {
        return IscsiDevice.open(
                new IscsiUrl("127.0.0.1", port, Exported.NAME, 0, null),
                InitiatorConfig.of("iqn.2026-11.dev.quoin:" + initiator)
                        .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(20)),
                DeviceProvider.Access.READ_WRITE);
    }

    private static <R> R get(CompletableFuture<R> asked) throws Exception {
        try {
            return asked.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }

    private static void write(IscsiDevice device) throws DeviceException {
        BlockIo.write(device, 0, ByteBuffer.allocate(512), WriteMode.CACHED);
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void assertConflict(Action action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        conflict -> assertThat(conflict.code()).isEqualTo(Code.FENCED));
    }

    @Test
    void reservation_isTakenTakenOverReleasedAndCleared() throws Exception {
        get(a.reservations().register(0xA1, true));
        get(b.reservations().register(0xB2, true));
        get(a.reservations().reserve(TYPE));
        get(a.reservations().reserve(TYPE));
        assertConflict(() -> get(b.reservations().reserve(TYPE)));
        assertThat(get(b.reservations().read()))
                .isEqualTo(new UnitReservations.Report(2, java.util.List.of(0xA1L, 0xB2L), TYPE, 0xA1));
        write(b);

        get(b.reservations().preempt(0xA1, TYPE, true));
        assertThat(get(a.reservations().read()).keys()).containsExactly(0xB2L);
        assertConflict(() -> write(a));
        BlockIo.read(a, 0, 512);
        assertConflict(() -> get(a.reservations().reserve(TYPE)));

        get(a.reservations().register(0xA3, true));
        write(a);
        get(b.reservations().release(TYPE));
        assertThat(get(a.reservations().read()).type()).isNull();
        get(a.reservations().reserve(TYPE));
        get(b.reservations().unregister());
        assertConflict(() -> write(b));
        get(a.reservations().clear());
        assertThat(get(b.reservations().read()))
                .matches(report -> report.keys().isEmpty() && report.type() == null && report.holder() == 0);
        write(b);
    }

    @Test
    void registration_goesOnOverAReconnect() throws Exception {
        try (CutRelay relay = new CutRelay(exported.target().port());
                IscsiDevice c = open("c", relay.port())) {
            get(c.reservations().register(0xC3, false));
            get(c.reservations().reserve(TYPE));
            relay.cut();
            write(c);
            assertConflict(() -> write(a));
            get(c.reservations().release(TYPE));
            write(a);
        }
    }

    @Test
    void registrationThatWasPreemptedWhileAway_isSeenByTheNextCommand() throws Exception {
        try (CutRelay relay = new CutRelay(exported.target().port());
                IscsiDevice c = open("c", relay.port())) {
            get(a.reservations().register(0xA1, false));
            get(c.reservations().register(0xC3, false));
            get(a.reservations().reserve(TYPE));
            relay.swallowAnswers();
            CompletableFuture<Void> late = c.write(0, ByteBuffer.allocate(512), WriteMode.CACHED);
            get(a.reservations().preempt(0xC3, TYPE, false));
            relay.cut();
            assertConflict(() -> get(late));
            assertConflict(() -> get(c.reservations().reserve(TYPE)));
            get(c.reservations().register(0xC4, false));
            write(c);
        }
    }

    /** The target has done it, the answer is lost, and the second time meets a conflict. */
    @Test
    void answerThatWasLost_isNotTakenForAConflict() throws Exception {
        try (CutRelay relay = new CutRelay(exported.target().port());
                IscsiDevice c = open("c", relay.port())) {
            get(a.reservations().register(0xA1, false));
            get(c.reservations().register(0xC3, false));
            get(c.reservations().reserve(TYPE));
            relay.swallowAnswers();
            CompletableFuture<Void> preempt = c.reservations().preempt(0xA1, TYPE, true);
            awaitKeys(0xC3L);
            relay.cut();
            get(preempt);

            relay.swallowAnswers();
            CompletableFuture<Void> clear = c.reservations().clear();
            awaitKeys();
            relay.cut();
            get(clear);

            get(c.reservations().register(0xC4, false));
            assertConflict(() -> get(c.reservations().preempt(0xA1, TYPE, true)));
        }
    }

    private void awaitKeys(Long... keys) {
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(get(b.reservations().read()).keys()).containsExactly(keys));
    }

    @Test
    void deviceThatIsClosed_refuses() {
        a.close();
        assertThatThrownBy(() -> get(a.reservations().read()))
                .isInstanceOfSatisfying(
                        DeviceException.class, gone -> assertThat(gone.code()).isEqualTo(Code.GONE));
        assertThatThrownBy(() -> b.reservations().register(0, false)).isInstanceOf(IllegalArgumentException.class);
    }
}
