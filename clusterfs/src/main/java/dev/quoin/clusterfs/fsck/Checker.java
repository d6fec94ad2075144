package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.device.BlockDevice;

/** Runs all checks on one device, in the order in which each needs the other. */
public final class Checker {

    private Checker() {}

    /** See {@link dev.quoin.clusterfs.Fsck#check}. */
    public static FsckReport check(BlockDevice device) {
        Log log = Log.create();
        Tally tally = new Tally();
        BlockSource source = new BlockSource(device);
        SuperblockCheck superblocks = new SuperblockCheck(source, log);
        Superblock superblock = superblocks.find();
        if (superblock == null) {
            return log.report(device.name(), "", tally.counts(0, 0, 0));
        }
        Metadata metadata = new Metadata(source, superblock);
        superblocks.checkCopies(superblock, metadata.groupsOnDevice());
        new SlotCheck(metadata, log).run();
        Claims claims = new Claims();
        SparseBits inodes = new NamespaceCheck(metadata, log, claims, tally).run();
        new OwnerSearch(metadata, log, claims.doubled()).run(inodes);
        new GroupCheck(metadata, log, claims, tally).run();
        String label = superblock.label().isEmpty() ? "" : " \"" + Printable.text(superblock.label()) + "\"";
        return log.report(
                device.name(),
                "file system " + superblock.uuid() + label,
                tally.counts(superblock.layout().blocks(), superblock.layout().groups(), metadata.overlaid()));
    }
}
