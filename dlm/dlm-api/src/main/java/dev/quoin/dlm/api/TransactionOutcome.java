package dev.quoin.dlm.api;

/** How a registry transaction ended. */
public sealed interface TransactionOutcome {

    /** All guards held and all operations are durable on a majority. */
    record Committed(long revision) implements TransactionOutcome {}

    /** A guard did not hold; nothing was changed. */
    record Conflict(Transaction.Guard guard, String found) implements TransactionOutcome {}

    /** A size or count beyond its limit, or the session is lost; nothing was changed. */
    record Refused(DlmException.Code code, String reason) implements TransactionOutcome {}

    /** No leader with a majority could be reached in time; nothing was changed. */
    record NoQuorum(String reason) implements TransactionOutcome {}

    /** The answer was lost: the transaction may or may not have been carried out. Read to find out. */
    record Indeterminate(String reason) implements TransactionOutcome {}
}
