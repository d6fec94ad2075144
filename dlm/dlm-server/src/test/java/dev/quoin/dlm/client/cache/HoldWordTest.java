package dev.quoin.dlm.client.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.property.Property;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Proves that the word counts as a table of threads would, for every mode. */
class HoldWordTest {

    private static final LockMode[] MODES = LockMode.values();

    @Test
    void word_randomEntriesAndExits_agreesWithATable() {
        Property.forAll(500, random -> {
            long word = HoldWord.EMPTY;
            LockMode node = null;
            Map<LockMode, Integer> in = new EnumMap<>(LockMode.class);
            for (int i = 0; i < 200; i++) {
                LockMode mode = MODES[random.nextInt(MODES.length)];
                switch (random.nextInt(4)) {
                    case 0 -> {
                        node = random.nextInt(7) == 0 ? null : mode;
                        word = HoldWord.withMode(word, node);
                    }
                    case 1 -> word = random.nextBoolean() ? HoldWord.close(word) : HoldWord.open(word);
                    case 2 -> {
                        if (in.getOrDefault(mode, 0) > 0) {
                            word = HoldWord.leave(word, mode);
                            in.merge(mode, -1, Integer::sum);
                        }
                    }
                    default -> {
                        boolean room = in.entrySet().stream()
                                .allMatch(e -> e.getValue() == 0 || e.getKey().isCompatibleWith(mode));
                        assertThat(HoldWord.hasRoom(word, mode)).isEqualTo(room);
                        if (room) {
                            word = HoldWord.enter(word, mode);
                            in.merge(mode, 1, Integer::sum);
                        }
                    }
                }
                assertThat(HoldWord.mode(word)).isEqualTo(node);
                assertThat(HoldWord.covers(word, mode)).isEqualTo(node != null && node.convertsDownTo(mode));
                for (LockMode each : MODES) {
                    assertThat(HoldWord.count(word, each)).isEqualTo(in.getOrDefault(each, 0));
                }
                LockMode used = HoldWord.used(word);
                assertThat(used != null).isEqualTo(HoldWord.isUsed(word));
                in.forEach((each, count) ->
                        assertThat(count == 0 || used.convertsDownTo(each)).isTrue());
            }
        });
    }

    @Test
    void sharers_atTheLimit_haveNoRoomForOneMore() {
        long word = HoldWord.withMode(HoldWord.EMPTY, LockMode.PR);
        for (int i = 0; i < HoldWord.SHARERS_MAX; i++) {
            assertThat(HoldWord.hasRoom(word, LockMode.PR)).isTrue();
            word = HoldWord.enter(word, LockMode.PR);
        }
        assertThat(HoldWord.hasRoom(word, LockMode.PR)).isFalse();
        assertThat(HoldWord.hasRoom(word, LockMode.CR)).isTrue();
        assertThat(HoldWord.hasRoom(HoldWord.leave(word, LockMode.PR), LockMode.PR))
                .isTrue();
    }

    @Test
    void strongestBeside_anyModesWanted_blocksNoneAndIsNotWeakerThanNeedBe() {
        for (LockMode from : MODES) {
            for (int wanted = 0; wanted < 1 << MODES.length; wanted++) {
                LockMode found = HoldWord.strongestBeside(from, wanted);
                assertThat(from.convertsDownTo(found)).isTrue();
                assertThat(HoldWord.isCompatibleWithAll(found, wanted)).isTrue();
                for (LockMode other : MODES) {
                    boolean better = other != found
                            && other.convertsDownTo(found)
                            && from.convertsDownTo(other)
                            && HoldWord.isCompatibleWithAll(other, wanted);
                    assertThat(better).isFalse();
                }
            }
        }
    }

    @Test
    void join_anyTwo_isTheWeakestThatCoversBoth() {
        for (LockMode one : MODES) {
            for (LockMode other : MODES) {
                LockMode join = HoldWord.join(one, other);
                assertThat(join.convertsDownTo(one) && join.convertsDownTo(other))
                        .isTrue();
                for (LockMode mode : MODES) {
                    assertThat(mode.convertsDownTo(one) && mode.convertsDownTo(other) && !mode.convertsDownTo(join))
                            .isFalse();
                }
            }
        }
    }
}
