package dev.quoin.clusterfs.fsck;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check found.
 *
 * @param device the name of the device
 * @param fileSystem uuid and label for people, empty if there was no superblock
 * @param findings in the order in which they were met, at most {@link #FINDINGS_MAX}
 * @param errors how many errors there were, those that are not listed included
 * @param warnings how many warnings there were, those that are not listed included
 */
public record FsckReport(
        String device, String fileSystem, List<Finding> findings, long errors, long warnings, Counts counts) {

    /** How many findings are listed; the rest is only counted. */
    public static final int FINDINGS_MAX = 10_000;

    public FsckReport {
        findings = List.copyOf(findings);
    }

    /** Whether there is nothing to repair. Warnings may remain: the next mount puts those right. */
    public boolean clean() {
        return errors == 0;
    }

    /** The findings that are not listed. */
    public long omitted() {
        return errors + warnings - findings.size();
    }

    /**
     * The report as text, a finding to a line and then a summary. Equal reports give equal lines.
     *
     * <p>The form of a line is stable: severity, kind, colon, object, colon, what was found and expected.
     */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(findings.size() + 4);
        for (Finding finding : findings) {
            lines.add(finding.line());
        }
        if (omitted() > 0) {
            lines.add("and " + omitted() + " findings more");
        }
        if (!fileSystem.isEmpty()) {
            lines.add(fileSystem + ": " + counts.blocks() + " blocks, " + counts.groups() + " groups, "
                    + counts.inodes()
                    + " inodes, " + counts.directories() + " directories, " + counts.files() + " files, "
                    + counts.entries() + " names, " + counts.dataBlocks() + " data blocks, " + counts.metadataBlocks()
                    + " metadata blocks");
        }
        if (counts.replayed() > 0) {
            lines.add(counts.replayed() + " blocks checked as the journals hold them");
        }
        if (counts.unattributedBlocks() > 0 || counts.unattributedInodes() > 0) {
            lines.add("not attributed because of the damage: " + counts.unattributedBlocks() + " blocks, "
                    + counts.unattributedInodes() + " inodes");
        }
        lines.add(
                device + ": " + (clean() ? "clean" : "damaged") + ", " + errors + " errors, " + warnings + " warnings");
        return List.copyOf(lines);
    }
}
