package dev.quoin.dlm.api;

import java.util.ArrayList;
import java.util.List;

/**
 * What a registry transaction checks and what it then does, all or nothing.
 *
 * @param guards all must hold
 * @param operations done in order
 */
public record Transaction(List<Guard> guards, List<Operation> operations) {

    public Transaction {
        guards = List.copyOf(guards);
        operations = List.copyOf(operations);
    }

    /** A condition. */
    public sealed interface Guard {
        /** The key was last written at this revision; 0 means that it does not exist. */
        record RevisionIs(String key, long revision) implements Guard {}

        /**
         * This lock is held now with this token by a living session: whoever lost the lock since can change nothing.
         *
         * @param lock the lock's id, by which sub-locks can be named too; 0 looks for any lock of that token on the root resource
         */
        record TokenHeld(String lockspace, ResourceName resource, FencingToken token, long lock) implements Guard {

            /** The same without the lock's id. */
            public TokenHeld(String lockspace, ResourceName resource, FencingToken token) {
                this(lockspace, resource, token, 0);
            }
        }
    }

    /** A change. */
    public sealed interface Operation {
        /** Sets a key. The array is not copied: leave it alone. */
        record Put(String key, byte[] value) implements Operation {}

        /** Deletes a key if it exists. */
        record Delete(String key) implements Operation {}
    }

    /** Starts an empty transaction. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects guards and operations. */
    public static final class Builder {
        private final List<Guard> guards = new ArrayList<>();
        private final List<Operation> operations = new ArrayList<>();

        private Builder() {}

        /** Requires that {@code key} does not exist. */
        public Builder ifAbsent(String key) {
            guards.add(new Guard.RevisionIs(key, 0));
            return this;
        }

        /** Requires that {@code key} was last written at {@code revision}. */
        public Builder ifRevision(String key, long revision) {
            guards.add(new Guard.RevisionIs(key, revision));
            return this;
        }

        /** Requires that {@code held} is still held with the token that it has now. */
        public Builder ifHeld(Held held) {
            guards.add(new Guard.TokenHeld(held.lockspace(), held.resource(), held.token(), held.id()));
            return this;
        }

        /** Sets {@code key}; the array is copied. */
        public Builder put(String key, byte[] value) {
            operations.add(new Operation.Put(key, value.clone()));
            return this;
        }

        /** Deletes {@code key} if it exists. */
        public Builder delete(String key) {
            operations.add(new Operation.Delete(key));
            return this;
        }

        /** The transaction. */
        public Transaction build() {
            return new Transaction(guards, operations);
        }
    }
}
