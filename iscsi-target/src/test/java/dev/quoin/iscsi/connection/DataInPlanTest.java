package dev.quoin.iscsi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.property.Property;
import org.junit.jupiter.api.Test;

/** Proves that the PDUs of a read cover it without a gap and keep to segment and burst lengths, whatever was agreed on. */
class DataInPlanTest {

    @Test
    void anyParameters_coverAnyLength() {
        Property.forAll(2_000, random -> {
            int maxSend = 512 + random.nextInt(random.nextBoolean() ? 2_000 : 300_000);
            int maxBurst = 512 + random.nextInt(random.nextBoolean() ? 5_000 : 1_000_000);
            int blockSize = random.nextBoolean() ? 512 : 4096;
            int total = 1 + random.nextInt(1 << 20);
            DataInPlan plan = new DataInPlan(
                    new SessionParameters(1, false, false, true, true, maxSend, maxBurst, 512, 1, 0, 0), blockSize);
            int count = 0;
            int inBurst = 0;
            for (int done = 0; done < total; count++) {
                int length = plan.length(done, total);
                assertThat(length).isPositive().isLessThanOrEqualTo(maxSend);
                done += length;
                inBurst += length;
                assertThat(inBurst).isLessThanOrEqualTo(maxBurst);
                assertThat(done).isLessThanOrEqualTo(total);
                if (plan.direct() && done < total) {
                    assertThat(length % blockSize).isZero();
                }
                if (plan.endsSequence(done, total)) {
                    inBurst = 0;
                }
            }
            assertThat(inBurst).isZero();
            assertThat(count).isLessThanOrEqualTo(plan.countMax(total));
        });
    }
}
