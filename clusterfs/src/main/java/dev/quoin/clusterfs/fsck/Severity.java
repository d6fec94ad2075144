package dev.quoin.clusterfs.fsck;

import java.util.Locale;

/** How bad a finding is. */
public enum Severity {
    /** Expected after a crash: the next mount puts it right. */
    WARNING,
    /** Data is lost, or will be if the file system is used without a repair. */
    ERROR;

    /** The word for people. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
