package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.UUID;

/**
 * A device that waits to take the role of a member that fails.
 *
 * @param uuid under which the members list it, and which it keeps as a member
 * @param zeroed whether its data blocks physically hold zeroes where nothing was written
 */
record Spare(UUID uuid, BlockDevice device, Regions regions, boolean zeroed) {}
