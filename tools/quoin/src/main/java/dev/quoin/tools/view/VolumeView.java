package dev.quoin.tools.view;

import dev.quoin.admin.proto.VolumeInfo;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;

/** Volumes. */
public final class VolumeView {

    /** Volumes, one a line. */
    public static final Listing<VolumeInfo> VOLUMES = Listing.<VolumeInfo>of("Volume")
            .text("VOLUME", "name", VolumeInfo::getName)
            .text("POOL", "pool", VolumeInfo::getPool)
            .size("SIZE", "sizeBytes", VolumeInfo::getSizeBytes)
            .number("LUN", "lun", VolumeInfo::hasLun, volume -> volume.getLun());

    private VolumeView() {}

    /** Prints one volume. */
    public static void print(Terminal terminal, OutputFormat format, VolumeInfo volume) {
        switch (format) {
            case TABLE -> terminal.out().print(VOLUMES.detail(volume));
            case JSON -> terminal.out().println(Json.pretty(VOLUMES.document(volume)));
        }
    }
}
