package dev.quoin.tools.command.array;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code array}. */
@Command(
        name = "array",
        description = "RAID arrays: make them, watch them, change their members.",
        subcommands = {
            ListArrays.class,
            ShowArray.class,
            CreateArray.class,
            FailMember.class,
            AddMember.class,
            RemoveMember.class,
            ReplaceMember.class,
            RebuildArray.class,
            ScrubArray.class,
            GrowArray.class,
            ExportArray.class,
            LimitArray.class,
            ListEvents.class,
            WatchArrays.class,
            StopArray.class,
            AssembleArray.class,
            ExamineDevices.class
        },
        footer = {
            "  quoin array show main                 the members and their states",
            "  quoin array fail main 2 --yes         take member 2 away",
            "  quoin array replace main 2 --yes      put a blank file in its place",
            "  quoin array add main file:/d9 --yes   a member that is back, or a spare",
            "  quoin array rebuild main              fill it again, with a progress bar"
        })
public final class ArrayCommand extends GroupCommand {}
