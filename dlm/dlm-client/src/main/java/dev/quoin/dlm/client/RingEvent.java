package dev.quoin.dlm.client;

/** One of the ways to the leader fails or works again, while another one works. Nothing is lost by it but redundancy. */
public sealed interface RingEvent {

    /** The leader's address, {@code host:port}. */
    String address();

    /** The leader does not answer at this address. */
    record RingLost(String address, String reason) implements RingEvent {}

    /** The leader answers there again. */
    record RingRegained(String address) implements RingEvent {}
}
