package dev.quoin.tools.view;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.DeviceFinding;
import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.FoundArray;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** What devices are, and which arrays they would start as. */
public final class ExaminationView {

    private static final Listing<DeviceFinding> DEVICES = Listing.<DeviceFinding>of("DeviceFinding")
            .text("DEVICE", "device", DeviceFinding::getDevice)
            .text("KIND", "kind", DeviceFinding::getKind)
            .text("ARRAY", "array", DeviceFinding::getArray)
            .number("ROLE", "role", DeviceFinding::hasRole, DeviceFinding::getRole)
            .number("EVENTS", "events", device -> device.getEvents() > 0, DeviceFinding::getEvents)
            .rareText("SERIAL", "serial", DeviceFinding::getSerial)
            .hidden("uuid", DeviceFinding::getUuid)
            .text("WHAT", "detail", DeviceFinding::getDetail);

    private static final Listing<FoundArray> ARRAYS = Listing.<FoundArray>of("FoundArray")
            .text("ARRAY", "name", FoundArray::getName)
            .text("LEVEL", "level", FoundArray::getLevel)
            .number("MEMBERS", "members", FoundArray::getMembers)
            .text("START", "start", FoundArray::getStart)
            .text("UUID", "uuid", FoundArray::getUuid)
            .text("WHY", "why", FoundArray::getWhy)
            .hiddenWords("loss", FoundArray::getLossList);

    private ExaminationView() {}

    /** Prints everything. */
    public static void print(Terminal terminal, OutputFormat format, ExamineDevicesReply found) {
        switch (format) {
            case TABLE -> {
                terminal.out().print(devices(found));
                terminal.out().println();
                terminal.out().print(ARRAYS.table(found.getArraysList()));
                for (FoundArray array : found.getArraysList()) {
                    array.getLossList()
                            .forEach(loss -> terminal.out().println("array " + array.getName() + ", forced: " + loss));
                }
            }
            case JSON -> terminal.out().println(Json.pretty(document(found)));
        }
    }

    /** The devices as a table. */
    public static String devices(ExamineDevicesReply found) {
        return DEVICES.table(found.getDevicesList());
    }

    private static ObjectNode document(ExamineDevicesReply found) {
        ObjectNode document = Json.document("Examination");
        ArrayNode devices = document.putArray("devices");
        DEVICES.array(found.getDevicesList()).forEach(devices::add);
        ArrayNode arrays = document.putArray("arrays");
        ARRAYS.array(found.getArraysList()).forEach(arrays::add);
        return document;
    }
}
