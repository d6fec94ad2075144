package dev.quoin.dlm.client.admin;

import java.util.List;

/**
 * A member of the group of peers.
 *
 * @param peerAddress where the other peers reach it, host:port
 * @param clientAddresses where clients reach it, host:port each
 * @param witness votes, but serves no clients and never leads for long
 */
public record GroupMember(String id, String peerAddress, List<String> clientAddresses, boolean witness) {
    public GroupMember {
        clientAddresses = List.copyOf(clientAddresses);
    }
}
