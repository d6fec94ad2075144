package dev.quoin.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.wire.IscsiName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves where logins go, that loads follow the weights, and that nobody is sent to and fro. */
class BalanceTest {

    private static Balance.Load load(int connections, int weight) {
        return new Balance.Load(connections, weight, false);
    }

    private static final Balance.Load LEAVING = new Balance.Load(0, 100, true);

    @Test
    void login_staysWhereItCame_unlessAnotherIsBetter() {
        assertThat(Balance.choose(List.of(load(3, 100), load(3, 100)), 1, true)).isEqualTo(1);
        assertThat(Balance.choose(List.of(load(2, 100), load(3, 100)), 1, true)).isZero();
        assertThat(Balance.choose(List.of(load(2, 100), load(3, 100)), 0, true)).isZero();
        assertThat(Balance.choose(List.of(load(0, 100), load(9, 100)), 1, false))
                .as("not balanced")
                .isEqualTo(1);
        assertThat(Balance.choose(List.of(load(Integer.MAX_VALUE, 1), load(0, 1_000)), 0, true))
                .isEqualTo(1);
    }

    @Test
    void portalThatIsDrained_takesNone() {
        assertThat(Balance.choose(List.of(LEAVING, load(9, 1)), 0, false)).isEqualTo(1);
        assertThat(Balance.choose(List.of(LEAVING, load(9, 100), load(3, 100)), 0, false))
                .isEqualTo(2);
        assertThat(Balance.choose(List.of(LEAVING, load(9, 1)), 1, true)).isEqualTo(1);
        assertThat(Balance.choose(List.of(LEAVING, LEAVING), 0, true)).isEqualTo(Balance.NONE);
    }

    @Test
    void loads_followTheWeights_whereverLoginsCome() {
        int[] weights = {100, 300, 50};
        int[] connections = new int[3];
        for (int login = 0; login < 450; login++) {
            List<Balance.Load> loads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                loads.add(load(connections[i], weights[i]));
            }
            connections[Balance.choose(loads, 2, true)]++;
        }
        assertThat(connections).containsExactly(100, 300, 50);
    }

    @Test
    void initiator_isSentAwayOnce_thenServed_thenMayBeSentAgain() {
        Redirected redirected = new Redirected();
        Redirected.Login login = new Redirected.Login(new IscsiName("iqn.x:i"), 1, "iqn.x:t");
        assertThat(redirected.maySend(login, 0)).isTrue();
        assertThat(redirected.maySend(login, 1)).isFalse();
        assertThat(redirected.maySend(login, 2)).isTrue();
        assertThat(redirected.maySend(new Redirected.Login(new IscsiName("iqn.x:i"), 2, "iqn.x:t"), 3))
                .as("another port")
                .isTrue();
        assertThat(redirected.maySend(login, 2 + Redirected.REMEMBERED_NANOS))
                .as("long ago")
                .isTrue();
        redirected.served(login);
        assertThat(redirected.maySend(login, 4 + Redirected.REMEMBERED_NANOS)).isTrue();
    }

    @Test
    void memoryOfWhoWasSent_hasALimit() {
        Redirected redirected = new Redirected();
        for (int i = 0; i <= Redirected.REMEMBERED_MAX; i++) {
            assertThat(redirected.maySend(new Redirected.Login(new IscsiName("iqn.x:i"), i, "iqn.x:t"), i))
                    .isTrue();
        }
        assertThat(redirected.maySend(new Redirected.Login(new IscsiName("iqn.x:i"), 1, "iqn.x:t"), 0))
                .as("remembered")
                .isFalse();
        assertThat(redirected.maySend(new Redirected.Login(new IscsiName("iqn.x:i"), 0, "iqn.x:t"), 0))
                .as("forgotten first")
                .isTrue();
    }
}
