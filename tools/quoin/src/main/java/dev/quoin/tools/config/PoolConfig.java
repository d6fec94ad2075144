package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A pool.
 *
 * @param name unique in the cluster
 * @param arrays the arrays that it is made of
 */
public record PoolConfig(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) List<String> arrays) {

    public PoolConfig {
        Names.check("pool", Defaults.required("name", name));
        arrays = Defaults.list(arrays);
        if (arrays.isEmpty()) {
            throw new IllegalArgumentException("pool " + name + ": no array found, at least one expected");
        }
    }
}
