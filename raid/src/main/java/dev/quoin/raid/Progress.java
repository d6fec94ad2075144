package dev.quoin.raid;

/** Is told how far a long job has come, from time to time, on the job's own thread. Must not block for long. */
@FunctionalInterface
public interface Progress {

    /** Listens to nothing. */
    Progress NONE = (done, total) -> {};

    /**
     * Takes a report.
     *
     * @param doneBytes of each member that were looked at
     * @param totalBytes of each member, positive
     */
    void at(long doneBytes, long totalBytes);
}
