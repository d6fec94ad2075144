package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a unit with two portals stays in use when one of them goes, and then the other one. */
@Timeout(60)
class PathsTest {

    private static IscsiDevice open(IscsiUrl url) throws DeviceException {
        InitiatorConfig config = InitiatorConfig.of(Exported.INITIATOR)
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(20));
        return IscsiDevice.open(url, config, DeviceProvider.Access.READ_WRITE);
    }

    private static void writesAndReads(IscsiDevice device, int number) throws Exception {
        BlockIo.write(device, 0, ByteBuffer.allocate(512).putInt(0, number), WriteMode.FUA);
        assertThat(BlockIo.read(device, 0, 512).getInt(0)).isEqualTo(number);
    }

    @Test
    void portalThatGoes_isReplacedByTheOther_andBack() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", 512, 1 << 20)) {
            Exported first = Exported.devices(memory);
            Exported second = Exported.devices(memory);
            int firstPort = first.target().port();
            IscsiUrl url = first.url(0)
                    .also(new PortalAddress("127.0.0.1", second.target().port()));
            try (IscsiDevice device = open(url)) {
                writesAndReads(device, 1);
                first.close();
                writesAndReads(device, 2);
                first = Exported.with(Exported.config(firstPort, memory));
                second.close();
                writesAndReads(device, 3);
            } finally {
                first.close();
                second.close();
            }
        }
    }

    @Test
    void firstPortalThatIsNotThere_doesNotMatter() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", 512, 1 << 20);
                Exported there = Exported.devices(memory)) {
            // Nobody listens on port 1.
            IscsiUrl url = new IscsiUrl("127.0.0.1", 1, Exported.NAME, 0, null)
                    .also(new PortalAddress("127.0.0.1", there.target().port()));
            try (IscsiDevice device = open(url)) {
                writesAndReads(device, 1);
            }
        }
    }

    @Test
    void urls_nameFurtherPortals() throws Exception {
        IscsiUrl url = IscsiUrl.parse("iscsi://a:1/iqn.x:t/0?also=b:2,[::1],c");
        assertThat(url.portals())
                .containsExactly(
                        new PortalAddress("a", 1),
                        new PortalAddress("b", 2),
                        new PortalAddress("::1", 3260),
                        new PortalAddress("c", 3260));
        assertThatThrownBy(() -> IscsiUrl.parse("iscsi://a:1/iqn.x:t/0?also=b:0"))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("also of 'b:0' found");
    }
}
