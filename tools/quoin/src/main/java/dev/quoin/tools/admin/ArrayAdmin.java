package dev.quoin.tools.admin;

import dev.quoin.admin.proto.AddMemberRequest;
import dev.quoin.admin.proto.AddSpareRequest;
import dev.quoin.admin.proto.ArrayInfo;
import dev.quoin.admin.proto.CreateArrayRequest;
import dev.quoin.admin.proto.DeviceFinding;
import dev.quoin.admin.proto.ExamineDevicesReply;
import dev.quoin.admin.proto.ExamineDevicesRequest;
import dev.quoin.admin.proto.FailMemberRequest;
import dev.quoin.admin.proto.FoundArray;
import dev.quoin.admin.proto.ListArraysReply;
import dev.quoin.admin.proto.ListSparesReply;
import dev.quoin.admin.proto.RemoveMemberRequest;
import dev.quoin.admin.proto.RemoveSpareRequest;
import dev.quoin.admin.proto.ReplaceMemberRequest;
import dev.quoin.admin.proto.StartArrayRequest;
import dev.quoin.admin.proto.StopArrayReply;
import dev.quoin.admin.proto.StopArrayRequest;
import dev.quoin.raid.Examination;
import dev.quoin.raid.Finding;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.DeviceScan;
import dev.quoin.tools.node.Node;
import java.util.List;

/** The arrays of a node and their members, as messages. */
final class ArrayAdmin {

    private final Node node;

    ArrayAdmin(Node node) {
        this.node = node;
    }

    ListArraysReply list() throws Fault {
        var list = ListArraysReply.newBuilder();
        for (String name : node.arrays().all().keySet()) {
            list.addArrays(show(name));
        }
        return list.build();
    }

    ArrayInfo show(String name) throws Fault {
        return Messages.array(node.arrays(), name);
    }

    ArrayInfo create(CreateArrayRequest request) throws Fault {
        node.createArray(config(request), request.getOverwrite());
        return show(request.getName());
    }

    private static ArrayConfig config(CreateArrayRequest request) throws Fault {
        try {
            return new ArrayConfig(
                    request.getName(),
                    Integer.valueOf(request.getLevel()),
                    new ByteSize(request.getChunkBytes() == 0 ? ArrayConfig.CHUNK_DEFAULT : request.getChunkBytes()),
                    request.getMembersList(),
                    request.getMemberBytes() == 0 ? null : new ByteSize(request.getMemberBytes()),
                    request.getWriteMostlyList(),
                    request.getVerifyReads(),
                    request.getCutToSmallest(),
                    request.getJournal().isEmpty() ? null : request.getJournal());
        } catch (IllegalArgumentException invalid) {
            throw Fault.usage(
                    "array " + request.getName(),
                    String.valueOf(invalid.getMessage()),
                    "see quoin array create --help");
        }
    }

    ArrayInfo fail(FailMemberRequest request) throws Fault {
        node.arrays().fail(request.getArray(), request.getRole());
        return show(request.getArray());
    }

    ArrayInfo replace(ReplaceMemberRequest request) throws Fault {
        node.arrays().replace(request.getArray(), request.getRole(), request.getDevice());
        return show(request.getArray());
    }

    ArrayInfo add(AddMemberRequest request) throws Fault {
        node.arrays().add(request.getArray(), request.getDevice());
        return show(request.getArray());
    }

    ArrayInfo remove(RemoveMemberRequest request) throws Fault {
        if (request.hasSpare()) {
            node.arrays().removeSpare(request.getArray(), request.getSpare());
        } else {
            node.arrays().remove(request.getArray(), request.getRole());
        }
        return show(request.getArray());
    }

    ListSparesReply spares() throws Fault {
        return spares(node.arrays().spares());
    }

    ListSparesReply addSpare(AddSpareRequest request) throws Fault {
        return spares(node.arrays().addSpare(request.getDevice()));
    }

    ListSparesReply removeSpare(RemoveSpareRequest request) throws Fault {
        return spares(node.arrays().removeSpare(request.getDevice()));
    }

    private static ListSparesReply spares(List<String> devices) {
        return ListSparesReply.newBuilder().addAllDevices(devices).build();
    }

    StopArrayReply stop(StopArrayRequest request) throws Fault {
        node.stopArray(request.getArray());
        return StopArrayReply.getDefaultInstance();
    }

    ArrayInfo start(StartArrayRequest request) throws Fault {
        node.startArray(request.getArray(), request.getDevicesList(), request.getForce());
        return show(request.getArray());
    }

    ExamineDevicesReply examine(ExamineDevicesRequest request) throws Fault {
        var reply = ExamineDevicesReply.newBuilder();
        try (DeviceScan scan = node.arrays().scan(request.getArray(), request.getDevicesList())) {
            scan.rows().forEach(row -> reply.addDevices(message(row)));
            scan.arrays().forEach(array -> reply.addArrays(message(array)));
        }
        return reply.build();
    }

    private static DeviceFinding message(DeviceScan.Row row) {
        var message = DeviceFinding.newBuilder()
                .setDevice(row.url())
                .setKind(row.kind())
                .setSerial(row.serial())
                .setDetail(row.detail());
        Finding finding = row.finding();
        if (finding != null) {
            message.setArray(finding.name()).setEvents(finding.events()).setExpectedEvents(finding.expected());
            if (finding.array() != null) {
                message.setUuid(finding.array().toString());
            }
            if (finding.role() >= 0) {
                message.setRole(finding.role());
            }
        }
        return message.build();
    }

    private static FoundArray message(Examination.FoundArray array) {
        return FoundArray.newBuilder()
                .setName(array.name())
                .setUuid(array.uuid().toString())
                .setLevel(Integer.toString(array.level().number()))
                .setMembers(array.roles())
                .setStart(array.start().word())
                .setWhy(array.why())
                .addAllLoss(array.loss())
                .build();
    }
}
