package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Response;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that a unit is there for those alone for whom it is meant. */
@Timeout(30)
class MaskingTest {

    private static List<Long> luns(RawInitiator raw) throws Exception {
        raw.send(raw.command(true, false, true, 1024, 0xA0L << 56 | 0x04L, 0));
        ByteBuffer list = ByteBuffer.wrap(raw.receive().data());
        List<Long> numbers = new ArrayList<>();
        for (int at = 8; at < 8 + list.getInt(0); at += 8) {
            numbers.add(list.getLong(at) >>> 48);
        }
        return numbers;
    }

    private static int write(RawInitiator raw, long lun) throws Exception {
        raw.send(
                new dev.quoin.iscsi.wire.Request.ScsiCommand(
                        false,
                        true,
                        false,
                        true,
                        1,
                        lun << 48,
                        raw.nextTag(),
                        512,
                        raw.nextCmdSn(),
                        raw.expStatSn(),
                        0x2AL << 56,
                        1L << 56),
                new byte[512]);
        Response answer = raw.receive().header();
        return answer instanceof Response.ScsiResponse response ? response.status() : -1;
    }

    @Test
    void maskedUnit_isNotThereForOthers() throws Exception {
        try (BlockDevice shared = new MemoryDevice("shared", 512, 1 << 20);
                BlockDevice own = new MemoryDevice("own", 512, 1 << 20)) {
            IscsiTargetConfig config = IscsiTargetConfig.of(
                            Exported.NAME,
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            List.of(
                                    new LogicalUnit(0, shared, UnitIdentity.of("shared")),
                                    new LogicalUnit(
                                            1, own, UnitIdentity.of("own"), false, Set.of("iqn.2026-11.test:b"))))
                    .withoutPowerOnAttention();
            try (Exported exported = Exported.with(config);
                    RawInitiator a = RawInitiator.loggedIn(exported, "iqn.2026-11.test:a", 1, "");
                    RawInitiator b = RawInitiator.loggedIn(exported, "iqn.2026-11.TEST:B", 1, "")) {
                assertThat(luns(a)).containsExactly(0L);
                assertThat(luns(b)).containsExactly(0L, 1L);
                assertThat(write(a, 0)).isEqualTo(ScsiStatus.GOOD);
                assertThat(write(a, 1)).isEqualTo(ScsiStatus.CHECK_CONDITION);
                assertThat(write(b, 1)).isEqualTo(ScsiStatus.GOOD);
            }
        }
    }
}
