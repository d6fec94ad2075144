package dev.quoin.dlm.fence;

/** How an attempt to fence a node ended. */
public sealed interface FenceOutcome {

    /** Nothing of the session can reach the storage any more. */
    record Fenced() implements FenceOutcome {}

    /** It may still reach the storage. */
    record NotFenced(String reason) implements FenceOutcome {}
}
