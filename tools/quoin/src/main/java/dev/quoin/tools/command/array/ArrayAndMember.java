package dev.quoin.tools.command.array;

import dev.quoin.tools.fault.Fault;

/** The arguments of commands on a member of an array, or on a spare of the node, which has no array. */
final class ArrayAndMember {

    private ArrayAndMember() {}

    static void requireCount(String[] names, boolean global) throws Fault {
        int expected = global ? 1 : 2;
        if (names.length != expected) {
            throw Fault.usage(
                    "arguments",
                    names.length + " found, " + (global ? "a device" : "an array and its member or device")
                            + " expected",
                    "see the command with --help");
        }
    }
}
