package dev.quoin.tools.view;

import dev.quoin.admin.proto.CheckFileSystemReply;
import dev.quoin.admin.proto.DirectoryEntry;
import dev.quoin.admin.proto.FileSystemInfo;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.util.Locale;

/** File systems, what is in them, and what a check found. */
public final class FileView {

    /** Directory entries, one a line. */
    public static final Listing<DirectoryEntry> ENTRIES = Listing.<DirectoryEntry>of("DirectoryEntry")
            .text("MODE", "mode", entry -> String.format(Locale.ROOT, "%04o", entry.getMode()))
            .size("SIZE", "sizeBytes", DirectoryEntry::getSizeBytes)
            .time("MODIFIED", "modifiedAt", DirectoryEntry::getModifiedAt)
            .text("TYPE", "type", DirectoryEntry::getType)
            .text("NAME", "name", DirectoryEntry::getName);

    /** File systems, one a line. */
    public static final Listing<FileSystemInfo> FILE_SYSTEMS = Listing.<FileSystemInfo>of("FileSystem")
            .text("FILE SYSTEM", "volume", FileSystemInfo::getVolume)
            .size("SIZE", "sizeBytes", FileSystemInfo::hasSizeBytes, FileSystemInfo::getSizeBytes)
            .size("FREE", "freeBytes", FileSystemInfo::hasFreeBytes, FileSystemInfo::getFreeBytes)
            .words(
                    "OPEN ON",
                    "nodes",
                    FileSystemInfo::getNodesList,
                    fileSystem -> String.join(", ", fileSystem.getNodesList()));

    private static final Listing<CheckFileSystemReply> CHECK = Listing.<CheckFileSystemReply>of("FileSystemCheck")
            .text("FILE SYSTEM", "volume", CheckFileSystemReply::getVolume)
            .flag("CLEAN", "clean", CheckFileSystemReply::getClean)
            .number("FILES", "files", CheckFileSystemReply::getFiles)
            .number("DIRECTORIES", "directories", CheckFileSystemReply::getDirectories)
            .size("USED", "usedBytes", CheckFileSystemReply::getUsedBytes)
            .words("FINDINGS", "findings", CheckFileSystemReply::getFindingsList, check -> "");

    private FileView() {}

    /** Prints one file system. */
    public static void print(Terminal terminal, OutputFormat format, FileSystemInfo fileSystem) {
        switch (format) {
            case TABLE -> terminal.out().print(FILE_SYSTEMS.detail(fileSystem));
            case JSON -> terminal.out().println(Json.pretty(FILE_SYSTEMS.document(fileSystem)));
        }
    }

    /** Prints what a check found, one finding a line. */
    public static void printCheck(Terminal terminal, OutputFormat format, CheckFileSystemReply check) {
        switch (format) {
            case TABLE -> {
                check.getFindingsList().forEach(finding -> terminal.out().println(finding));
                terminal.out()
                        .println(check.getVolume() + ": "
                                + (check.getClean() ? "clean" : "not clean, findings: " + check.getFindingsCount())
                                + "; files: " + check.getFiles() + ", directories: " + check.getDirectories()
                                + ", used: " + ByteSize.format(check.getUsedBytes()));
            }
            case JSON -> terminal.out().println(Json.pretty(CHECK.document(check)));
        }
    }
}
