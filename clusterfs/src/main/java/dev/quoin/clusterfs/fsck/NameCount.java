package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts the names of each inode and judges, when all are counted, the links, the parents and who is lost. A bit for each inode;
 * more only for those with other than one name or link.
 */
final class NameCount {

    /** Where a directory was found, and which parent it names instead. */
    private record Stray(@Nullable InodeId parent, InodeId container) {}

    private final Metadata metadata;
    private final Log log;
    private final Tally tally;
    private final SparseBits named = new SparseBits();
    private final SparseBits doubtful = new SparseBits();
    private final SparseBits atParent = new SparseBits();
    private final LinkCounts names = new LinkCounts();
    private final LinkCounts links = new LinkCounts();
    /** Directories without links, which are right only if they have no name, and the links that they would need. */
    private final LinkCounts unlinked = new LinkCounts();

    /** At most {@link FsckReport#FINDINGS_MAX}. */
    private final Map<Long, Stray> strays = new TreeMap<>();

    private long root = -1;

    NameCount(Metadata metadata, Log log, Tally tally) {
        this.metadata = metadata;
        this.log = log;
        this.tally = tally;
    }

    /** Notes the root directory, which needs no name and has no parent. */
    void root(long block, Dinode dinode) {
        root = block;
        if (dinode.parent() != null) {
            log.add(new Finding.ParentWrong(root, parentText(dinode.parent()), "none, as it is the root"));
        }
    }

    /** Notes the links of an inode that is not a directory. */
    void expect(long block, int count) {
        if (count != 1) {
            links.put(block, count);
        }
    }

    /**
     * Checks the links of a directory.
     *
     * @param subdirectoriesNamed how many entries say that they name a directory
     * @param subdirectoriesMet how many entries name one
     */
    void expectDirectory(long block, int count, int subdirectoriesNamed, int subdirectoriesMet) {
        if (count == 0) {
            unlinked.put(block, 2 + subdirectoriesMet);
        } else if (count != 2 + subdirectoriesMet && count != 2 + subdirectoriesNamed) {
            // If the entries are wrong about types, that is reported already and either count will do.
            log.add(new Finding.LinksWrong(block, count, 2L + subdirectoriesMet));
        }
    }

    /** Notes a name of an inode. */
    void name(InodeId directory, DirectoryEntry entry, Dinode target) {
        long block = entry.inode().block();
        boolean isFirst = named.add(block);
        if (target.type() != FileType.DIRECTORY) {
            if (!isFirst) {
                names.put(block, names.get(block, 1) + 1);
            }
            return;
        }
        if (!isFirst || block == root) {
            log.add(new Finding.DirectoryLinkedTwice(block, directory.block(), Printable.name(entry.name())));
        }
        if (directory.equals(target.parent())) {
            atParent.add(block);
            strays.remove(block);
        } else if (!atParent.get(block) && block != root && strays.size() < FsckReport.FINDINGS_MAX) {
            strays.putIfAbsent(block, new Stray(target.parent(), directory));
        }
    }

    /** Notes that an entry may or may not be a name of the inode: its names are not judged. */
    void doubt(long block) {
        doubtful.add(block);
    }

    /**
     * Judges all inodes.
     *
     * @param sound all inodes
     * @param lost those of them that the root does not lead to
     */
    void judge(SparseBits sound, SparseBits lost) {
        strays.forEach((block, stray) ->
                log.add(new Finding.ParentWrong(block, parentText(stray.parent), stray.container.toString())));
        for (long block = sound.next(0); block >= 0; block = sound.next(block + 1)) {
            if (block != root && !doubtful.get(block)) {
                if (named.get(block)) {
                    judgeNamed(block);
                } else {
                    judgeNameless(block);
                }
            }
        }
        findCycles(lost);
    }

    private void judgeNamed(long block) {
        int missing = unlinked.get(block, 0);
        if (missing != 0) {
            log.add(new Finding.LinksWrong(block, 0, missing));
            return;
        }
        if (atParent.get(block) || strays.containsKey(block)) {
            // The links of a directory are checked when it is read.
            return;
        }
        int count = names.get(block, 1);
        int expected = links.get(block, 1);
        if (count > expected || (count < expected && log.namesComplete())) {
            log.add(new Finding.LinksWrong(block, expected, count));
        }
    }

    private void judgeNameless(long block) {
        Dinode dinode = read(block);
        if (dinode == null) {
            return;
        }
        InodeId id = new InodeId(block, dinode.generation());
        if (dinode.links() == 0) {
            log.add(new Finding.InodeUnlinked(id));
        } else if (log.namesComplete()) {
            log.add(new Finding.InodeLost(id, dinode.type(), dinode.links()));
        } else {
            tally.unattributedInodes++;
        }
    }

    /** Follows the parents of directories that have a name and still cannot be reached. */
    private void findCycles(SparseBits lost) {
        SparseBits settled = new SparseBits();
        for (long block = lost.next(0); block >= 0; block = lost.next(block + 1)) {
            if (named.get(block)) {
                follow(block, lost, settled);
            }
        }
    }

    private void follow(long start, SparseBits lost, SparseBits settled) {
        SparseBits path = new SparseBits();
        long block = start;
        while (lost.get(block) && named.get(block) && !settled.get(block)) {
            if (!path.add(block)) {
                log.add(new Finding.DirectoryCycle(block));
                break;
            }
            Dinode dinode = read(block);
            if (dinode == null || dinode.parent() == null) {
                break;
            }
            block = dinode.parent().block();
        }
        for (long at = path.next(0); at >= 0; at = path.next(at + 1)) {
            settled.add(at);
        }
    }

    private @Nullable Dinode read(long block) {
        return metadata.read(block) instanceof Fetched.Content(byte[] content)
                        && Dinode.decode(content, metadata.fsId(), block) instanceof Valid<Dinode>(Dinode dinode)
                ? dinode
                : null;
    }

    private static String parentText(@Nullable InodeId parent) {
        return parent == null ? "none" : parent.toString();
    }
}
