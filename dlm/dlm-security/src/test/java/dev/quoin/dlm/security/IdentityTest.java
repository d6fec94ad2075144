package dev.quoin.dlm.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves which names an identity may take and which lockspaces it may touch. */
class IdentityTest {

    private static final Identity WEB = new Identity("c", Role.NODE, "web1");

    @Test
    void node_isOnlyItself() {
        assertThat(WEB.mayBe("web1")).isTrue();
        assertThat(WEB.mayBe("web1/shared0")).isTrue();
        assertThat(WEB.mayBe("web1:store")).isTrue();
        assertThat(WEB.mayBe("web10")).isFalse();
        assertThat(WEB.mayBe("web")).isFalse();
        assertThat(WEB.mayBe("")).isFalse();
        assertThat(new Identity("c", Role.OPERATOR, "ann").mayBe("web1")).isTrue();
        assertThat(new Identity("c", Role.PEER, "a").mayBe("web1")).isTrue();
    }

    @Test
    void names_thatCouldBeReadOtherwise_areRefused() {
        for (String name : List.of("", "a:b", "a/b", "a b", "-a", "ä", "x".repeat(129))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Identity("c", Role.NODE, name))
                    .withMessageContaining("'" + name + "' found");
            assertThatIllegalArgumentException().isThrownBy(() -> new Identity(name, Role.NODE, "n"));
        }
    }

    @Test
    void accessList_allowsWhatOneEntryAllows_andNothingElse() {
        AccessList list = new AccessList(List.of(
                new AccessList.Entry("web*", List.of("app-*", "shared")),
                new AccessList.Entry("web1", List.of("one"))));

        assertThat(list.allows(WEB, "app-1")).isTrue();
        assertThat(list.allows(WEB, "shared")).isTrue();
        assertThat(list.allows(WEB, "one")).isTrue();
        assertThat(list.allows(WEB, "shared2")).isFalse();
        assertThat(list.allows(WEB, "app")).isFalse();
        assertThat(list.allows(new Identity("c", Role.NODE, "web2"), "one")).isFalse();
        assertThat(list.allows(new Identity("c", Role.NODE, "db1"), "shared")).isFalse();
        assertThat(list.allows(new Identity("c", Role.OPERATOR, "ann"), "anything"))
                .isTrue();
        assertThat(AccessList.EVERYTHING.allows(WEB, "anything")).isTrue();
        assertThat(new AccessList(List.of()).allows(WEB, "anything")).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new AccessList.Entry("w*b", List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new AccessList.Entry("a", List.of("")));
    }
}
