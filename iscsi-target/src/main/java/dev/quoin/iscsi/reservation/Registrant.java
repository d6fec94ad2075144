package dev.quoin.iscsi.reservation;

/**
 * A registered I_T nexus.
 *
 * @param key its reservation key, not 0
 * @param allPorts whether it registered for all ports of the target (ALL_TG_PT)
 */
public record Registrant(Nexus nexus, long key, boolean allPorts) {}
