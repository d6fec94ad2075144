package dev.quoin.clusterfs.fsck;

import java.util.ArrayList;
import java.util.List;

/** Collects the findings of one check, and how much of the device could not be judged. Used by one thread. */
final class Log {

    private final boolean silent;
    private final List<Finding> findings = new ArrayList<>();
    private long errors;
    private long warnings;
    private boolean claimsIncomplete;
    private boolean namesIncomplete;

    private Log(boolean silent) {
        this.silent = silent;
    }

    /** A log that keeps what it is told. */
    static Log create() {
        return new Log(false);
    }

    /** A log for a second look at what has been reported already. */
    static Log silent() {
        return new Log(true);
    }

    void add(Finding finding) {
        if (silent) {
            return;
        }
        switch (finding.severity()) {
            case ERROR -> errors++;
            case WARNING -> warnings++;
        }
        if (findings.size() < FsckReport.FINDINGS_MAX) {
            findings.add(finding);
        }
    }

    /** From now on a block without an owner may be one of an owner that could not be read. */
    void missClaims() {
        claimsIncomplete = true;
    }

    /** From now on an inode without a name may have one that could not be read. */
    void missNames() {
        namesIncomplete = true;
    }

    boolean claimsComplete() {
        return !claimsIncomplete;
    }

    boolean namesComplete() {
        return !namesIncomplete;
    }

    FsckReport report(String device, String fileSystem, Counts counts) {
        return new FsckReport(device, fileSystem, findings, errors, warnings, counts);
    }
}
