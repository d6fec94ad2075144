package dev.quoin.tools.command.fs;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code fs}. */
@Command(
        name = "fs",
        description = {
            "Cluster file systems: make them, open them, look into them.",
            "A path is VOLUME:/path, or /path if the node has one file system."
        },
        subcommands = {
            ListDirectory.class,
            CopyFile.class,
            ShowFile.class,
            MakeFileSystem.class,
            MountFileSystem.class,
            UnmountFileSystem.class,
            CheckFileSystem.class
        },
        footer = {
            "  quoin fs cp README.md shared0:/README.md             copy a file in",
            "  quoin fs cat --node node-b shared0:/README.md         read it through another node",
            "  quoin fs ls shared0:/"
        })
public final class FsCommand extends GroupCommand {}
