package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.convert;
import static dev.quoin.dlm.core.Asks.lock;
import static dev.quoin.dlm.core.Asks.release;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves the order of the queues and what ends a wait, in the words of $ENQ and $DEQ. */
class QueueRulesTest {

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final List<Long> sessions = new ArrayList<>();

    @BeforeEach
    void open() {
        for (int i = 0; i < 5; i++) {
            sessions.add(core.open("n" + i, false));
        }
        core.perform(s(0), new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
    }

    private long s(int i) {
        return sessions.get(i);
    }

    /** Who was granted something by the last command, in order. */
    private List<Long> granted() {
        List<Long> granted = new ArrayList<>();
        for (Effect effect : core.effects) {
            if (effect instanceof Effect.Answer(long session, long _, Result result)
                    && result instanceof Result.Granted) {
                granted.add(session);
            }
        }
        return granted;
    }

    @Test
    void waitQueue_isFirstInFirstOut_evenForCompatibleModes() {
        long held = lock(core.perform(s(0), acquire("r", LockMode.PR)));
        core.start(s(1), acquire("r", LockMode.EX));
        core.start(s(2), acquire("r", LockMode.PR));
        assertThat(granted()).isEmpty();
        core.start(s(3), acquire("r", LockMode.PR));
        core.start(s(0), release(held));
        assertThat(granted()).containsExactly(s(1));
        core.start(s(1), release(2));
        assertThat(granted()).containsExactly(s(2), s(3));
    }

    @Test
    void conversionQueue_isServedBeforeTheWaitQueue() {
        long first = lock(core.perform(s(0), acquire("r", LockMode.PR)));
        long second = lock(core.perform(s(1), acquire("r", LockMode.PR)));
        core.start(s(2), acquire("r", LockMode.EX));
        core.start(s(0), convert(first, LockMode.PW));
        assertThat(granted()).isEmpty();
        core.start(s(1), release(second));
        assertThat(granted()).containsExactly(s(0));
        core.start(s(0), release(first));
        assertThat(granted()).containsExactly(s(2));
    }

    @Test
    void newLock_whileAConversionWaits_waitsBehindIt() {
        long first = lock(core.perform(s(0), acquire("r", LockMode.CR)));
        lock(core.perform(s(1), acquire("r", LockMode.PR)));
        core.start(s(0), convert(first, LockMode.CW));
        core.start(s(2), acquire("r", LockMode.CR));
        assertThat(granted()).isEmpty();
        assertThat(core.perform(s(3), acquire("r", LockMode.CR, Queue.NOQUEUE))).isInstanceOf(Result.Denied.class);
    }

    @Test
    void expedite_nullLock_passesTheQueues() {
        lock(core.perform(s(0), acquire("r", LockMode.EX)));
        core.start(s(1), acquire("r", LockMode.EX));
        core.start(s(2), acquire("r", LockMode.NL));
        assertThat(granted()).isEmpty();
        assertThat(core.perform(s(3), acquire("r", LockMode.NL, Queue.EXPEDITE)))
                .isInstanceOf(Result.Granted.class);
        assertThat(Asks.refusal(core.perform(s(3), acquire("r", LockMode.CR, Queue.EXPEDITE))))
                .isEqualTo(Code.INVALID_REQUEST);
    }

    @Test
    void conversion_thatFits_passesConversionsThatWait_unlessItAsksToQueue() {
        long waits = lock(core.perform(s(0), acquire("r", LockMode.NL)));
        long passes = lock(core.perform(s(1), acquire("r", LockMode.NL)));
        long queues = lock(core.perform(s(2), acquire("r", LockMode.NL)));
        long held = lock(core.perform(s(3), acquire("r", LockMode.PR)));
        core.start(s(0), convert(waits, LockMode.PW));
        assertThat(core.perform(s(1), convert(passes, LockMode.CR))).isInstanceOf(Result.Granted.class);
        core.start(s(2), convert(queues, LockMode.CR, Queue.QUEUE_CONVERSION));
        assertThat(granted()).isEmpty();
        core.start(s(3), release(held));
        assertThat(granted()).containsExactly(s(0), s(2));
    }

    @Test
    void downConversion_serves_whoWaited() {
        long held = lock(core.perform(s(0), acquire("r", LockMode.EX)));
        core.start(s(1), acquire("r", LockMode.PR));
        core.start(s(2), acquire("r", LockMode.PR));
        core.start(s(0), convert(held, LockMode.PR));
        assertThat(granted()).containsExactly(s(0), s(1), s(2));
    }

    @Test
    void noQueue_denied_tellsNobody_butNoQueueNotifyDoes() {
        long held = lock(core.perform(s(0), acquire("r", LockMode.PR)));
        assertThat(core.perform(s(1), acquire("r", LockMode.EX, Queue.NOQUEUE)))
                .isInstanceOfSatisfying(
                        Result.Denied.class,
                        denied -> assertThat(denied.reason()).contains("n0", "PR"));
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.Blocking);
        core.perform(s(1), acquire("r", LockMode.EX, Queue.NOQUEUE_NOTIFY));
        assertThat(core.effects).contains(new Effect.Blocking(s(0), held, 1, LockMode.EX));
    }

    @Test
    void cancel_ofConversion_keepsTheOldMode_andServesTheOthers() {
        long first = lock(core.perform(s(0), acquire("r", LockMode.CR)));
        lock(core.perform(s(1), acquire("r", LockMode.PR)));
        long sequence = core.start(s(0), convert(first, LockMode.EX));
        core.start(s(2), acquire("r", LockMode.PR));
        core.start(s(0), new Operation.Cancel(sequence, false));
        assertThat(core.effects).contains(new Effect.Answer(s(0), sequence, new Result.Cancelled()));
        assertThat(granted()).containsExactly(s(2));
        assertThat(core.core.locks.locks.get(first).granted).isEqualTo(LockMode.CR);
    }

    @Test
    void cancel_asTimeout_isAnsweredSo_andLateCancelDoesNothing() {
        long held = lock(core.perform(s(0), acquire("r", LockMode.EX)));
        long sequence = core.start(s(1), acquire("r", LockMode.EX));
        core.start(s(1), new Operation.Cancel(sequence, true));
        assertThat(core.effects).contains(new Effect.Answer(s(1), sequence, new Result.TimedOut()));
        long again = core.start(s(1), acquire("r", LockMode.EX));
        core.start(s(0), release(held));
        assertThat(granted()).containsExactly(s(1));
        assertThat(core.perform(s(1), new Operation.Cancel(again, false))).isEqualTo(new Result.Done());
        assertThat(core.core.locks.locks).hasSize(1);
    }

    @Test
    void release_whileAConversionWaits_cancelsItAndReleases() {
        long first = lock(core.perform(s(0), acquire("r", LockMode.CR)));
        lock(core.perform(s(1), acquire("r", LockMode.PR)));
        long sequence = core.start(s(0), convert(first, LockMode.EX));
        assertThat(core.perform(s(0), release(first))).isEqualTo(new Result.Done());
        assertThat(core.effects).contains(new Effect.Answer(s(0), sequence, new Result.Cancelled()));
        assertThat(Asks.refusal(core.perform(s(0), release(first)))).isEqualTo(Code.NOT_FOUND);
    }

    @Test
    void release_withValue_isReadByTheNext_andOnlyWritersMay() {
        lock(core.perform(s(0), acquire("r", LockMode.NL)));
        long writer = lock(core.perform(s(1), acquire("r", LockMode.PW)));
        ValueBlock value = ValueBlock.of(new byte[ValueBlock.LENGTH_MAX]);
        assertThat(core.perform(s(1), new Operation.Release(writer, value, false)))
                .isEqualTo(new Result.Done());
        Result.Granted reader = (Result.Granted) core.perform(s(2), acquire("r", LockMode.PR));
        assertThat(reader.value()).isEqualTo(value);
        assertThat(Asks.refusal(core.perform(s(2), new Operation.Release(reader.lock(), value, false))))
                .isEqualTo(Code.INVALID_REQUEST);
    }

    @Test
    void tokens_rise_onEachGrantOfWhatever() {
        long token = 0;
        for (int i = 0; i < 10; i++) {
            Result.Granted granted = (Result.Granted) core.perform(s(0), acquire("r" + i, LockMode.PR));
            assertThat(granted.token()).isGreaterThan(token);
            Result.Granted converted = (Result.Granted) core.perform(s(0), convert(granted.lock(), LockMode.EX));
            assertThat(converted.token()).isGreaterThan(granted.token());
            Result.RangeGranted range = (Result.RangeGranted)
                    core.perform(s(0), Asks.range(1, i, i, dev.quoin.dlm.api.RangeLocks.Kind.READ, false));
            assertThat(range.token()).isGreaterThan(converted.token());
            token = range.token();
        }
    }

    @Test
    void holder_isToldOfEachModeOnce_howeverManyWaitForIt() {
        long held = lock(core.perform(s(0), acquire("r", LockMode.EX)));
        core.start(s(1), acquire("r", LockMode.PR));
        assertThat(core.effects).contains(new Effect.Blocking(s(0), held, 1, LockMode.PR));
        int told = 0;
        for (int i = 0; i < 20; i++) {
            core.start(s(2), acquire("r", LockMode.PR));
            told += core.effects.contains(new Effect.Blocking(s(0), held, 1, LockMode.PR)) ? 1 : 0;
        }
        assertThat(told).isLessThanOrEqualTo(1);
    }
}
