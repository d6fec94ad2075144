package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a start goes.
 *
 * @param missing the roles without a member that is current or is being rebuilt, and without a stale one that is used
 * @param loss what is lost by it, in sentences; empty unless it has to be forced
 */
record Outlook(List<Integer> missing, List<String> loss) {

    Outlook {
        missing = List.copyOf(missing);
        loss = List.copyOf(loss);
    }

    boolean isForced() {
        return !loss.isEmpty();
    }

    static Outlook of(Opening opening, JournalChain chain) {
        List<Integer> missing = new ArrayList<>();
        for (int role = 0; role < opening.members().size(); role++) {
            if (opening.members().get(role) == null) {
                missing.add(role);
            }
        }
        List<String> loss = new ArrayList<>();
        for (Map.Entry<Integer, Long> stale : opening.stale().entrySet()) {
            Member member = opening.members().get(stale.getKey());
            if (member != null) {
                loss.add(ofStale(member, stale.getValue(), opening.best().events()));
            }
        }
        if (!opening.stale().isEmpty()) {
            loss.add("Up to " + opening.markedBytes() + " bytes of each member were written since then: blocks in them"
                    + " that lie on a stale or missing member and that the current ones do not give are reported as"
                    + " unreadable until they are written again. All others are as they were.");
        }
        if (chain.lost() > 0) {
            long first = chain.durable - chain.lost() + 1;
            loss.add("The newest " + chain.lost() + " batches of the journal (" + first + " to " + chain.durable
                    + "), which were durable, are damaged: what was written last is lost, and blocks whose checksums"
                    + " disagree are reported as unreadable.");
        }
        return new Outlook(missing, loss);
    }

    private static String ofStale(Member member, long events, long expected) {
        return member.device.name() + " (role " + member.role + ") is stale: events " + events + " found, " + expected
                + " expected, " + (expected - events) + " behind. What was written to it since then is lost.";
    }
}
