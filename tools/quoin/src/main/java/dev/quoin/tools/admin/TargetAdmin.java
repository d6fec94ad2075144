package dev.quoin.tools.admin;

import dev.quoin.admin.proto.ChangeAccessRequest;
import dev.quoin.admin.proto.CreatePortalRequest;
import dev.quoin.admin.proto.CreateTargetRequest;
import dev.quoin.admin.proto.DeleteTargetReply;
import dev.quoin.admin.proto.DeleteTargetRequest;
import dev.quoin.admin.proto.DrainPortalRequest;
import dev.quoin.admin.proto.ListPortalsReply;
import dev.quoin.admin.proto.ListTargetsReply;
import dev.quoin.admin.proto.LunInfo;
import dev.quoin.admin.proto.MapLunRequest;
import dev.quoin.admin.proto.MaskLunRequest;
import dev.quoin.admin.proto.PortalInfo;
import dev.quoin.admin.proto.SetTargetGroupsRequest;
import dev.quoin.admin.proto.TargetInfo;
import dev.quoin.admin.proto.TargetSession;
import dev.quoin.admin.proto.UnmapLunRequest;
import dev.quoin.iscsi.AccessList;
import dev.quoin.iscsi.SessionInfo;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.TargetPortals;
import dev.quoin.tools.node.Targets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The calls about targets, what they export, to whom and at which portals. They block. */
final class TargetAdmin {

    private final Node node;

    TargetAdmin(Node node) {
        this.node = node;
    }

    ListTargetsReply list() throws Fault {
        var list = ListTargetsReply.newBuilder();
        if (node.targets().isPresent()) {
            for (Targets.State target : node.targets().get().list()) {
                list.addTargets(message(target));
            }
        }
        return list.build();
    }

    TargetInfo show(String name) throws Fault {
        Targets targets = node.requireTargets();
        return message(targets.find(targets.nameOr(name)));
    }

    TargetInfo create(CreateTargetRequest request) throws Fault {
        Set<String> initiators = new HashSet<>(request.getInitiatorsList());
        AccessList access = request.getEverybody() ? new AccessList(true, initiators) : AccessList.of(initiators);
        try {
            node.requireTargets().create(request.getName(), access, new HashSet<>(request.getGroupsList()));
        } catch (Fault there) {
            if (!request.getIfAbsent() || there.code() != ExitCode.CONFLICT) {
                throw there;
            }
        }
        return show(request.getName());
    }

    DeleteTargetReply delete(DeleteTargetRequest request) throws Fault {
        try {
            node.requireTargets().delete(request.getName());
        } catch (Fault none) {
            if (!request.getIfPresent() || none.code() != ExitCode.NOT_FOUND) {
                throw none;
            }
        }
        return DeleteTargetReply.getDefaultInstance();
    }

    TargetInfo setGroups(SetTargetGroupsRequest request) throws Fault {
        Targets targets = node.requireTargets();
        String name = targets.nameOr(request.getName());
        targets.changeGroups(name, new HashSet<>(request.getGroupsList()));
        return show(name);
    }

    TargetInfo changeAccess(ChangeAccessRequest request) throws Fault {
        Targets targets = node.requireTargets();
        String name = targets.nameOr(request.getName());
        targets.changeAccess(
                name,
                new HashSet<>(request.getAllowList()),
                new HashSet<>(request.getDenyList()),
                request.hasEverybody() ? Optional.of(request.getEverybody()) : Optional.empty());
        return show(name);
    }

    TargetInfo map(MapLunRequest request) throws Fault {
        Targets targets = node.requireTargets();
        String name = targets.nameOr(request.getTarget());
        targets.map(
                name,
                request.getLun(),
                request.getVolume(),
                request.getReadOnly(),
                new HashSet<>(request.getInitiatorsList()));
        return show(name);
    }

    TargetInfo unmap(UnmapLunRequest request) throws Fault {
        Targets targets = node.requireTargets();
        String name = targets.nameOr(request.getTarget());
        targets.unmap(name, request.getLun());
        return show(name);
    }

    TargetInfo mask(MaskLunRequest request) throws Fault {
        Targets targets = node.requireTargets();
        String name = targets.nameOr(request.getTarget());
        targets.mask(name, request.getLun(), new HashSet<>(request.getInitiatorsList()));
        return show(name);
    }

    private TargetInfo message(Targets.State target) throws Fault {
        var message = TargetInfo.newBuilder()
                .setName(target.name())
                .setEverybody(target.access().everybody())
                .addAllInitiators(new TreeSet<>(target.access().names()))
                .addAllGroups(new TreeSet<>(target.groups()));
        for (TargetPortals.State portal : node.requireTargetPortals().list()) {
            if (target.groups().isEmpty() || target.groups().contains(portal.group())) {
                message.addPortals(portal.address() + "," + portal.group());
            }
        }
        for (SessionInfo session : node.requirePortal().sessions()) {
            if (session.targetName().equalsIgnoreCase(target.name())) {
                message.addSessions(TargetSession.newBuilder()
                        .setInitiator(session.initiatorName())
                        .setIsid("%012x".formatted(session.isid()))
                        .setTsih(session.tsih())
                        .setPeer(session.peer().replaceFirst("^/", ""))
                        .setGroup(session.portalGroup()));
            }
        }
        Map<String, Long> sizes = new HashMap<>();
        node.volumes().list().forEach(volume -> sizes.put(volume.name(), volume.size()));
        for (Targets.Export export : target.exports()) {
            message.addLuns(LunInfo.newBuilder()
                    .setLun(export.lun())
                    .setVolume(export.volume())
                    .setSizeBytes(sizes.getOrDefault(export.volume(), 0L))
                    .setReadOnly(export.readOnly())
                    .addAllInitiators(new TreeSet<>(export.initiators())));
        }
        return message.build();
    }

    ListPortalsReply portals() throws Fault {
        var list = ListPortalsReply.newBuilder();
        for (TargetPortals.State portal : node.requireTargetPortals().list()) {
            list.addPortals(PortalInfo.newBuilder()
                    .setAddress(portal.address())
                    .setGroup(portal.group())
                    .addAllAnnounced(portal.announced())
                    .setWeight(portal.weight())
                    .setConnections(portal.connections())
                    .setState(portal.state()));
        }
        return list.build();
    }

    ListPortalsReply createPortal(CreatePortalRequest request) throws Fault {
        int group = request.getGroup() == 0 ? 1 : request.getGroup();
        int weight = request.getWeight() == 0 ? PortalConfig.WEIGHT : request.getWeight();
        List<String> announced = request.getAnnouncedList();
        for (String address : announced) {
            parse(address);
        }
        node.requireTargetPortals().create(parse(request.getAddress()), group, announced, weight);
        return portals();
    }

    ListPortalsReply deletePortal(String address) throws Fault {
        node.requireTargetPortals().delete(parse(address));
        return portals();
    }

    ListPortalsReply drainPortal(DrainPortalRequest request) throws Fault {
        node.requireTargetPortals().drain(parse(request.getAddress()), request.getSeconds());
        return portals();
    }

    ListPortalsReply resumePortal(String address) throws Fault {
        node.requireTargetPortals().resume(parse(address));
        return portals();
    }

    private static HostPort parse(String address) throws Fault {
        try {
            return HostPort.parse(address);
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage("portal " + address, String.valueOf(wrong.getMessage()), "correct it");
        }
    }
}
