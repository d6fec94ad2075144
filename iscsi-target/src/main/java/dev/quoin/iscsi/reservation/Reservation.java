package dev.quoin.iscsi.reservation;

/**
 * A persistent reservation of a whole unit.
 *
 * @param holder who made it; of a type that all registrants hold, whoever made it first
 */
public record Reservation(PrType type, Nexus holder) {}
