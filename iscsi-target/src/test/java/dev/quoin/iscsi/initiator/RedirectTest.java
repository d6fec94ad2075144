package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.wire.TextKeys;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that the initiator goes where a target sends it, and not for ever. */
@Timeout(60)
class RedirectTest {

    private static PortalAddress of(String address) {
        return Redirect.of(new TextKeys(List.of(new TextKeys.Pair("TargetAddress", address))));
    }

    @Test
    void addresses_ofAllForms_areRead() {
        assertThat(of("10.0.0.1:3261,1")).isEqualTo(new PortalAddress("10.0.0.1", 3261));
        assertThat(of("10.0.0.1")).isEqualTo(new PortalAddress("10.0.0.1", IscsiUrl.DEFAULT_PORT));
        assertThat(of("[::1]:99,7")).isEqualTo(new PortalAddress("::1", 99));
        for (String wrong : List.of("", ":1", "10.0.0.1:0", "10.0.0.1:70000", "a:b", "[::1", "x,y")) {
            assertThat(of(wrong)).as(wrong).isNull();
        }
        assertThat(Redirect.of(new TextKeys(List.of()))).isNull();
    }

    @Test
    void login_thatIsRedirected_opensTheUnitThere() throws Exception {
        try (MemoryDevice small = new MemoryDevice("memory", 512, 1 << 20);
                MemoryDevice large = new MemoryDevice("memory", 512, 4 << 20);
                Exported here = Exported.devices(small);
                Exported there = Exported.devices(large)) {
            here.target().redirect("127.0.0.1:" + there.target().port());
            try (IscsiDevice device = here.open(0)) {
                assertThat(device.geometry().size()).isEqualTo(4 << 20);
            }
        }
    }

    @Test
    void targetsThatSendEachOtherEverybody_areGivenUp() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", 512, 1 << 20);
                Exported one = Exported.devices(memory);
                Exported other = Exported.devices(memory)) {
            one.target().redirect("127.0.0.1:" + other.target().port());
            other.target().redirect("127.0.0.1:" + one.target().port());
            assertThatThrownBy(() -> one.open(0))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("0101");
        }
    }
}
