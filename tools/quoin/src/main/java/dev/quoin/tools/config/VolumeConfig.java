package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * A volume.
 *
 * @param name unique in the cluster
 * @param pool the pool that it is a piece of
 * @param size a multiple of 4 KiB
 * @param lun the number under which the target shows it, 0 to 255; null keeps it inside
 */
public record VolumeConfig(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String pool,
        @JsonProperty(required = true) ByteSize size,
        @Nullable Integer lun) {

    private static final int LUN_MAX = 255;

    public VolumeConfig {
        Names.check("volume", Defaults.required("name", name));
        Defaults.required("pool", pool);
        Defaults.required("size", size);
        if (lun != null && (lun < 0 || lun > LUN_MAX)) {
            throw new IllegalArgumentException(
                    "volume " + name + ": LUN " + lun + " found, 0 to " + LUN_MAX + " expected");
        }
    }
}
