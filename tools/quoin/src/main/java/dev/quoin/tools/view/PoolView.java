package dev.quoin.tools.view;

import dev.quoin.admin.proto.PoolInfo;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** Pools. */
public final class PoolView {

    /** Pools, one a line. */
    public static final Listing<PoolInfo> POOLS = Listing.<PoolInfo>of("Pool")
            .text("POOL", "name", PoolInfo::getName)
            .size("SIZE", "sizeBytes", PoolInfo::getSizeBytes)
            .size("USED", "usedBytes", PoolInfo::getUsedBytes)
            .size("PROMISED", "provisionedBytes", PoolInfo::getProvisionedBytes)
            .number("VOLUMES", "volumes", PoolInfo::getVolumes)
            .number("WARN AT %", "warnAtPercent", PoolInfo::getWarnAtPercent)
            .words("ARRAYS", "arrays", PoolInfo::getArraysList, pool -> String.join(",", pool.getArraysList()));

    private PoolView() {}

    /** Prints one pool. */
    public static void print(Terminal terminal, OutputFormat format, PoolInfo pool) {
        switch (format) {
            case TABLE -> terminal.out().print(POOLS.detail(pool));
            case JSON -> terminal.out().println(Json.pretty(POOLS.document(pool)));
        }
    }
}
