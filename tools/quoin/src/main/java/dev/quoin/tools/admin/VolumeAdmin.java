package dev.quoin.tools.admin;

import dev.quoin.admin.proto.CreateVolumeRequest;
import dev.quoin.admin.proto.DeleteVolumeReply;
import dev.quoin.admin.proto.DeleteVolumeRequest;
import dev.quoin.admin.proto.GrowVolumeRequest;
import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.tools.config.Names;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;

/** The calls that change volumes. */
final class VolumeAdmin {

    private final Node node;

    VolumeAdmin(Node node) {
        this.node = node;
    }

    VolumeInfo create(CreateVolumeRequest request) throws Fault {
        try {
            Names.check("volume", request.getName());
        } catch (IllegalArgumentException invalid) {
            throw Fault.usage("volume", String.valueOf(invalid.getMessage()), "choose another name");
        }
        Integer lun = request.hasLun() ? Integer.valueOf(request.getLun()) : null;
        return Messages.volume(
                node, node.createVolume(request.getPool(), request.getName(), request.getSizeBytes(), lun));
    }

    VolumeInfo grow(GrowVolumeRequest request) throws Fault {
        return Messages.volume(node, node.volumes().grow(request.getName(), request.getSizeBytes()));
    }

    DeleteVolumeReply delete(DeleteVolumeRequest request) throws Fault {
        node.deleteVolume(request.getName());
        return DeleteVolumeReply.getDefaultInstance();
    }
}
