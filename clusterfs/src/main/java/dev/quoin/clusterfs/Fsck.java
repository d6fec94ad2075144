package dev.quoin.clusterfs;

import dev.quoin.clusterfs.fsck.Checker;
import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.device.BlockDevice;

/** The offline checker of a file system. */
public final class Fsck {

    private Fsck() {}

    /**
     * Reads all metadata of the file system on {@code device} and says what is wrong with it. Writes nothing. No node may have
     * it mounted; if one has, what it changes meanwhile looks like damage.
     *
     * <p>Works on damaged devices and never fails: what cannot be read is a finding. Journals that a mount would replay count as
     * replayed. Takes at most a byte of memory for each block in use, some 32 bytes for each file with several links and 4 MiB
     * for reading ahead. Blocks for as long as the device takes.
     */
    public static FsckReport check(BlockDevice device) {
        return Checker.check(device);
    }
}
