package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A cluster file system that this process opens.
 *
 * @param volume the volume that it lies on; it must have a LUN
 * @param nodes the names under which it is opened, each with its own session at the lock manager and at the target
 * @param make whether a file system is made on a volume that is blank
 */
public record FileSystemConfig(
        @JsonProperty(required = true) String volume,
        @JsonProperty(required = true) List<String> nodes,
        boolean make) {

    public FileSystemConfig {
        Defaults.required("volume", volume);
        nodes = Defaults.list(nodes);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException(
                    "file system on " + volume + ": no nodes found, at least one name expected");
        }
        nodes.forEach(node -> Names.check("file system node", node));
        Names.checkUnique("file system node", nodes);
    }
}
