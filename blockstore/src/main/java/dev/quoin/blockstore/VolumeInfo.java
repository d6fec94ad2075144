package dev.quoin.blockstore;

import java.util.UUID;

/**
 * A volume as the owner of its pool sees it.
 *
 * @param size in bytes
 * @param allocated the extents that it holds, in bytes
 * @param handles how many times it is open
 */
public record VolumeInfo(UUID id, String name, String pool, long size, long allocated, int handles) {}
