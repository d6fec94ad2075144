package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import java.util.List;
import java.util.Locale;

/** One thing that is wrong: in what, what was found, what was expected. A finding is an error unless it says otherwise. */
public sealed interface Finding {

    /** What it is about, such as {@code inode 4711.3}. */
    String object();

    /** What the device holds. */
    String found();

    /** What it should hold. */
    String expected();

    /** How bad it is. */
    default Severity severity() {
        return Severity.ERROR;
    }

    /** The stable name of the kind of finding, such as {@code bitmap-wrong}. */
    default String kind() {
        return getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    /** The finding in one line. */
    default String line() {
        return severity().word() + " " + kind() + ": " + object() + ": " + found() + " found, " + expected()
                + " expected";
    }

    /** The device ends before the file system does. What lies behind the end is not checked. */
    record DeviceTooSmall(long deviceBlocks, long blocks) implements Finding {
        @Override
        public String object() {
            return "device";
        }

        @Override
        public String found() {
            return deviceBlocks + " blocks";
        }

        @Override
        public String expected() {
            return "at least " + blocks;
        }
    }

    /** Neither the superblock nor a copy can be used: nothing else can be checked. */
    record NoSuperblock(String found) implements Finding {
        @Override
        public String object() {
            return "file system";
        }

        @Override
        public String expected() {
            return "a superblock in block 16, or a copy of it";
        }
    }

    /** A copy of the superblock is sound and says something else than the superblock in use. */
    record SuperblockDiffers(long block, long used) implements Finding {
        @Override
        public String object() {
            return "superblock in block " + block;
        }

        @Override
        public String found() {
            return "other fields";
        }

        @Override
        public String expected() {
            return "those of block " + used;
        }
    }

    /**
     * The device cannot read a block that is in use.
     *
     * @param role what the block should be
     */
    record BlockUnreadable(long block, String role, String found) implements Finding {
        @Override
        public String object() {
            return role + " in block " + block;
        }

        @Override
        public String expected() {
            return "a readable block";
        }
    }

    /**
     * A metadata block is not what it should be.
     *
     * @param role what the block should be
     * @param reason why it is not trusted
     */
    record BlockCorrupt(long block, String role, Decoded.Reason reason, String detail) implements Finding {
        @Override
        public String object() {
            return role + " in block " + block;
        }

        @Override
        public String found() {
            return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " (" + detail + ")";
        }

        @Override
        public String expected() {
            return "a sound block";
        }
    }

    /** A slot is claimed: a node has mounted the file system, or had and died. Its journal holds nothing to replay. */
    record SlotInUse(int slot, String node, long epoch) implements Finding {
        @Override
        public String object() {
            return "slot " + slot;
        }

        @Override
        public String found() {
            return "in use by node \"" + Printable.text(node) + "\", epoch " + Long.toUnsignedString(epoch);
        }

        @Override
        public String expected() {
            return "clean";
        }

        @Override
        public Severity severity() {
            return Severity.WARNING;
        }
    }

    /** The journal of a slot in use holds changes. The rest of the check looks at the file system as replay will leave it. */
    record JournalNotReplayed(int slot, String node, int records, int images) implements Finding {
        @Override
        public String object() {
            return "journal of slot " + slot + ", node \"" + Printable.text(node) + "\"";
        }

        @Override
        public String found() {
            return records + " records with " + images + " block images";
        }

        @Override
        public String expected() {
            return "none (the next mount replays them)";
        }

        @Override
        public Severity severity() {
            return Severity.WARNING;
        }
    }

    /** The journal header and the slot's claim contradict each other. */
    record JournalEpochWrong(int slot, long journal, long claim) implements Finding {
        @Override
        public String object() {
            return "journal of slot " + slot;
        }

        @Override
        public String found() {
            return "epoch " + Long.toUnsignedString(journal);
        }

        @Override
        public String expected() {
            return "at most the claim's, " + Long.toUnsignedString(claim);
        }
    }

    /** A record in a journal is complete and cannot be replayed. */
    record JournalRecordBad(int slot, long sequence, String found) implements Finding {
        @Override
        public String object() {
            return "journal of slot " + slot + ", record " + Long.toUnsignedString(sequence);
        }

        @Override
        public String expected() {
            return "sealed images of metadata blocks";
        }
    }

    /** A counter of a resource group does not match the group. */
    record GroupCounterWrong(int group, String counter, long counted, long actual) implements Finding {
        @Override
        public String object() {
            return counter + " of group " + group;
        }

        @Override
        public String found() {
            return Long.toString(counted);
        }

        @Override
        public String expected() {
            return Long.toString(actual);
        }
    }

    /** A run of bitmap entries does not match what the blocks are used for. */
    record BitmapWrong(long block, long length, BlockState state, BlockState actual) implements Finding {
        @Override
        public String object() {
            return "bitmap of " + run(block, length);
        }

        @Override
        public String found() {
            return state.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String expected() {
            return actual.name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Blocks that belong to more than one inode, or twice to one.
     *
     * @param inodes all owners, in the order in which they were met
     */
    record ClaimedTwice(long block, long length, List<Long> inodes) implements Finding {
        public ClaimedTwice {
            inodes = List.copyOf(inodes);
        }

        @Override
        public String object() {
            return run(block, length);
        }

        @Override
        public String found() {
            return "claims of the inodes " + inodes;
        }

        @Override
        public String expected() {
            return "one claim";
        }
    }

    /** A tree of an inode is not a tree, or its records contradict each other. The block is the node with the fault. */
    record TreeDamaged(long inode, long block, String field, String found, String expected) implements Finding {
        @Override
        public String object() {
            return field + " in tree node " + block + " of inode " + inode;
        }
    }

    /** A field of an inode is impossible. */
    record InodeFieldWrong(long inode, String field, String found, String expected) implements Finding {
        @Override
        public String object() {
            return field + " of inode " + inode;
        }
    }

    /** The number of links of an inode is not the number of names that it has. */
    record LinksWrong(long inode, long links, long names) implements Finding {
        @Override
        public String object() {
            return "links of inode " + inode;
        }

        @Override
        public String found() {
            return Long.toString(links);
        }

        @Override
        public String expected() {
            return Long.toString(names);
        }
    }

    /** An inode that no directory names, although its links say so. */
    record InodeLost(InodeId inode, FileType type, int links) implements Finding {
        @Override
        public String object() {
            return "inode " + inode + " (" + type.name().toLowerCase(Locale.ROOT) + ")";
        }

        @Override
        public String found() {
            return "no name";
        }

        @Override
        public String expected() {
            return links + " links";
        }
    }

    /** An inode without links that still takes up space: it was open when its node died. The next mount frees it. */
    record InodeUnlinked(InodeId inode) implements Finding {
        @Override
        public String object() {
            return "inode " + inode;
        }

        @Override
        public String found() {
            return "no links";
        }

        @Override
        public String expected() {
            return "freed";
        }

        @Override
        public Severity severity() {
            return Severity.WARNING;
        }
    }

    /** A directory has a second name. */
    record DirectoryLinkedTwice(long inode, long directory, String name) implements Finding {
        @Override
        public String object() {
            return "directory " + inode;
        }

        @Override
        public String found() {
            return "another name \"" + name + "\" in directory " + directory;
        }

        @Override
        public String expected() {
            return "one name";
        }
    }

    /** Directories that contain each other and cannot be reached from the root. The inode is one of them. */
    record DirectoryCycle(long inode) implements Finding {
        @Override
        public String object() {
            return "directory " + inode;
        }

        @Override
        public String found() {
            return "itself among its parents";
        }

        @Override
        public String expected() {
            return "a way to the root";
        }
    }

    /** The parent that a directory names does not contain it. */
    record ParentWrong(long inode, String found, String expected) implements Finding {
        @Override
        public String object() {
            return "parent of directory " + inode;
        }
    }

    /** A record in a directory is no entry. */
    record EntryInvalid(long directory, long key, String found) implements Finding {
        @Override
        public String object() {
            return "entry " + key + " of directory " + directory;
        }

        @Override
        public String expected() {
            return "a name and an inode";
        }
    }

    /** An entry is not where a search for its name looks. */
    record EntryMisplaced(long directory, String name, long key, long hashKey) implements Finding {
        @Override
        public String object() {
            return entry(name, directory);
        }

        @Override
        public String found() {
            return "key " + key;
        }

        @Override
        public String expected() {
            return hashKey + " to " + (hashKey + 0xFFFF);
        }
    }

    /** A name is twice in one directory. */
    record EntryDuplicate(long directory, String name) implements Finding {
        @Override
        public String object() {
            return entry(name, directory);
        }

        @Override
        public String found() {
            return "a second entry";
        }

        @Override
        public String expected() {
            return "one";
        }
    }

    /** An entry names something that is not an inode. */
    record EntryDangling(long directory, String name, InodeId target, String found) implements Finding {
        @Override
        public String object() {
            return entry(name, directory);
        }

        @Override
        public String expected() {
            return "inode " + target;
        }
    }

    /** An entry names another life of an inode than the present one. */
    record EntryGenerationWrong(long directory, String name, InodeId target, InodeId actual) implements Finding {
        @Override
        public String object() {
            return entry(name, directory);
        }

        @Override
        public String found() {
            return "inode " + target;
        }

        @Override
        public String expected() {
            return "inode " + actual;
        }
    }

    /** An entry says another type than its inode. */
    record EntryTypeWrong(long directory, String name, FileType type, FileType actual) implements Finding {
        @Override
        public String object() {
            return entry(name, directory);
        }

        @Override
        public String found() {
            return type.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String expected() {
            return actual.name().toLowerCase(Locale.ROOT);
        }
    }

    private static String run(long block, long length) {
        return length == 1 ? "block " + block : "blocks " + block + " to " + (block + length - 1);
    }

    private static String entry(String name, long directory) {
        return "entry \"" + name + "\" of directory " + directory;
    }
}
