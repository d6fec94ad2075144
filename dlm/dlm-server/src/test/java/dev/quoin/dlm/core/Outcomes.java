package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Results of the core in the words of the model. */
final class Outcomes {

    private Outcomes() {}

    static NaiveModel.Outcome of(Result result) {
        return switch (result) {
            case Result.Granted(long lock, long token, ValueBlock value, boolean demoted) ->
                new NaiveModel.Outcome("granted", lock, token, value, demoted, List.of());
            case Result.GrantedMany(List<Result> each, int refusedBy) -> {
                List<NaiveModel.Outcome> all = new ArrayList<>();
                each.forEach(one -> all.add(of(one)));
                yield new NaiveModel.Outcome("many", refusedBy, 0, null, false, all);
            }
            case Result.RangeGranted(long token) ->
                token == 0
                        ? NaiveModel.Outcome.of("unlocked")
                        : new NaiveModel.Outcome("range", 0, token, null, false, List.of());
            case Result.RangeDenied _ -> NaiveModel.Outcome.of("range denied");
            case Result.RangeDeadlock _ -> NaiveModel.Outcome.of("range deadlock");
            case Result.Denied _ -> NaiveModel.Outcome.of("denied");
            case Result.Deadlock _ -> NaiveModel.Outcome.of("deadlock");
            case Result.TimedOut _ -> NaiveModel.Outcome.of("timed out");
            case Result.Cancelled _ -> NaiveModel.Outcome.of("cancelled");
            case Result.Done _ -> NaiveModel.Outcome.of("done");
            case Result.Refused _ -> NaiveModel.Outcome.of("refused");
            case Result.LockspaceOpened _ -> NaiveModel.Outcome.of("opened");
            default -> throw new AssertionError("not expected: " + result);
        };
    }

    /** Which of the core's tokens stand where the model has its numbers. */
    static void pair(NaiveModel.Outcome expected, NaiveModel.Outcome found, Map<Long, Long> tokens) {
        if (expected.token() < 0) {
            tokens.put(expected.token(), found.token());
        }
        for (int i = 0; i < Math.min(expected.each().size(), found.each().size()); i++) {
            pair(expected.each().get(i), found.each().get(i), tokens);
        }
    }
}
