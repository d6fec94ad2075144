package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a node is told at its start.
 *
 * <p>What does not exist yet is made at the first start: member files that have a size, arrays on blank members, pools, volumes
 * and LUNs. What exists is used as it is, and what was changed since by commands stays changed.
 *
 * @param node the name of the node, unique in its cluster
 * @param directory where it keeps what is its own: logs, the lock manager's files, its address
 * @param admin where the administration door listens; a free port of the loopback address if it is not given
 * @param metrics where metrics are to be had by HTTP; null for nowhere
 * @param dlm the lock manager's peers
 * @param arrays the arrays whose members this node reaches
 * @param pools the pools on them
 * @param volumes the volumes in the pools
 * @param target the iSCSI target, null for none
 * @param fileSystems the file systems that nodes of this process open
 */
public record NodeConfig(
        @JsonProperty(required = true) String node,
        @JsonProperty(required = true) Path directory,
        HostPort admin,
        @Nullable HostPort metrics,
        @JsonProperty(required = true) DlmConfig dlm,
        List<ArrayConfig> arrays,
        List<PoolConfig> pools,
        List<VolumeConfig> volumes,
        @Nullable TargetConfig target,
        List<FileSystemConfig> fileSystems) {

    private static final HostPort ANY_LOOPBACK_PORT = new HostPort("127.0.0.1", 0);

    public NodeConfig {
        Names.check("node", Defaults.required("node", node));
        Defaults.required("directory", directory);
        Defaults.required("dlm", dlm);
        admin = Defaults.or(admin, ANY_LOOPBACK_PORT);
        arrays = Defaults.list(arrays);
        pools = Defaults.list(pools);
        volumes = Defaults.list(volumes);
        fileSystems = Defaults.list(fileSystems);
        Names.checkUnique("array", arrays.stream().map(ArrayConfig::name).toList());
        Names.checkUnique("pool", pools.stream().map(PoolConfig::name).toList());
        Names.checkUnique("volume", volumes.stream().map(VolumeConfig::name).toList());
        for (PoolConfig pool : pools) {
            for (String array : pool.arrays()) {
                Names.checkKnown(
                        "pool " + pool.name() + ": array",
                        array,
                        arrays.stream().map(ArrayConfig::name).toList());
            }
        }
        for (VolumeConfig volume : volumes) {
            Names.checkKnown(
                    "volume " + volume.name() + ": pool",
                    volume.pool(),
                    pools.stream().map(PoolConfig::name).toList());
        }
        if (!fileSystems.isEmpty() && target == null) {
            throw new IllegalArgumentException(
                    "file-systems found and no target, a target expected: nodes reach a file system by its LUN");
        }
    }
}
