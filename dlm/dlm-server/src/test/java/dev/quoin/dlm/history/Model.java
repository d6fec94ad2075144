package dev.quoin.dlm.history;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one resource does when operations come one after the other.
 *
 * @param <S> its state, immutable, with equals
 */
interface Model<S> {

    S start();

    /** The state after the operation; empty if it cannot have been answered so in that state. */
    Optional<S> after(S state, Op op);

    /** A lock: its holders by token, and the highest token given. */
    record Lock() implements Model<Lock.Holders> {

        record Holders(Map<Long, Boolean> exclusiveByToken, long highest) {
            Holders {
                exclusiveByToken = Map.copyOf(exclusiveByToken);
            }
        }

        @Override
        public Holders start() {
            return new Holders(Map.of(), 0);
        }

        @Override
        public Optional<Holders> after(Holders state, Op op) {
            Map<Long, Boolean> holders = new HashMap<>(state.exclusiveByToken());
            return switch (op.what()) {
                case Op.What.Acquired(boolean exclusive, long token) -> {
                    boolean free = exclusive ? holders.isEmpty() : !holders.containsValue(true);
                    holders.put(token, exclusive);
                    yield free && token > state.highest() ? Optional.of(new Holders(holders, token)) : Optional.empty();
                }
                case Op.What.Released(long token) ->
                    holders.remove(token) == null
                            ? Optional.empty()
                            : Optional.of(new Holders(holders, state.highest()));
                default -> throw new IllegalArgumentException("not an operation on a lock: " + op);
            };
        }
    }

    /** A versioned value. */
    record Register() implements Model<Register.Content> {

        /**
         * The value that there is.
         *
         * @param revision its revision; if negative, one above {@code -revision - 1} that nobody was told of
         */
        record Content(long revision, long value) {

            boolean mayBe(long asked) {
                return revision >= 0 ? asked == revision : asked > -revision - 1;
            }
        }

        @Override
        public Content start() {
            return new Content(0, 0);
        }

        @Override
        public Optional<Content> after(Content state, Op op) {
            return switch (op.what()) {
                case Op.What.Read(long revision, long value) ->
                    state.mayBe(revision) && state.value() == value
                            ? Optional.of(new Content(revision, value))
                            : Optional.empty();
                case Op.What.Conflicted(long expected) ->
                    state.revision() != expected ? Optional.of(state) : Optional.empty();
                case Op.What.Written(long expected, long value, long made) -> {
                    if (!state.mayBe(expected)) {
                        yield Optional.empty();
                    }
                    yield made == 0
                            ? Optional.of(new Content(-expected - 1, value))
                            : made > expected ? Optional.of(new Content(made, value)) : Optional.empty();
                }
                default -> throw new IllegalArgumentException("not an operation on a value: " + op);
            };
        }
    }
}
