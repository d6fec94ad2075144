package dev.quoin.tools.view;

import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.ListSparesReply;
import dev.quoin.admin.proto.MemberInfo;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** Arrays and their members. */
public final class ArrayView {

    /** The members of one array. */
    public static final Listing<MemberInfo> MEMBERS = Listing.<MemberInfo>of("Member")
            .number("ROLE", "role", MemberInfo::getRole)
            .text("STATE", "state", ArrayView::state)
            .size("SIZE", "sizeBytes", MemberInfo::getSizeBytes)
            .text("DEVICE", "device", MemberInfo::getDevice)
            .rareText("SERIAL", "serial", MemberInfo::getSerial);

    /** Arrays, one a line. */
    public static final Listing<ArrayInfo> ARRAYS = Listing.<ArrayInfo>of("Array")
            .text("ARRAY", "name", ArrayInfo::getName)
            .text("LEVEL", "level", ArrayInfo::getLevel)
            .text("STATE", "state", ArrayInfo::getState)
            .size("SIZE", "sizeBytes", ArrayInfo::getSizeBytes)
            .size("CHUNK", "chunkBytes", array -> array.getChunkBytes())
            .text("JOURNAL", "journal", ArrayInfo::getJournal)
            .hidden("uuid", ArrayInfo::getUuid)
            .hiddenWords("spares", ArrayInfo::getSparesList)
            .parts("MEMBERS", "members", MEMBERS, ArrayInfo::getMembersList, ArrayView::count);

    private static final Listing<String> SPARES = Listing.<String>of("Spare").text("SPARE", "device", device -> device);

    private ArrayView() {}

    /** Prints one array with all its members. */
    public static void print(Terminal terminal, OutputFormat format, ArrayInfo array) {
        switch (format) {
            case TABLE -> {
                terminal.out().print(ARRAYS.detail(array));
                terminal.out().println();
                terminal.out().print(MEMBERS.table(array.getMembersList()));
                if (array.getSparesCount() > 0) {
                    terminal.out().println();
                    terminal.out().print(SPARES.table(array.getSparesList()));
                }
            }
            case JSON -> terminal.out().println(Json.pretty(ARRAYS.document(array)));
        }
    }

    /** Prints the spares of the node. */
    public static void printSpares(Terminal terminal, OutputFormat format, ListSparesReply spares) {
        switch (format) {
            case TABLE -> terminal.out().print(SPARES.table(spares.getDevicesList()));
            case JSON ->
                spares.getDevicesList().forEach(device -> terminal.out().println(Json.line(SPARES.document(device))));
        }
    }

    private static String state(MemberInfo member) {
        return member.getState()
                + (member.getWriteMostly() ? ", write-mostly" : "")
                + (member.getReplacement().isEmpty() ? "" : ", copied to " + member.getReplacement());
    }

    private static String count(ArrayInfo array) {
        long good = array.getMembersList().stream()
                .filter(member -> member.getState().equals("active"))
                .count();
        return good + " of " + array.getMembersCount();
    }
}
