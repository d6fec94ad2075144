package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.scsi.SenseCode;
import java.util.List;
import java.util.Map;

/** What came of a {@link PrOrder}. */
public sealed interface PrDecision {

    /**
     * It is done once the state is kept.
     *
     * @param told what other nexuses are told by unit attentions
     * @param aborted whose commands are aborted before the answer
     */
    record Done(PrState next, Map<Nexus, SenseCode> told, List<Nexus> aborted) implements PrDecision {
        public Done {
            told = Map.copyOf(told);
            aborted = List.copyOf(aborted);
        }

        static Done quietly(PrState next) {
            return new Done(next, Map.of(), List.of());
        }
    }

    /** RESERVATION CONFLICT. */
    record Conflict() implements PrDecision {}

    /** CHECK CONDITION. */
    record Refused(SenseCode code) implements PrDecision {}
}
