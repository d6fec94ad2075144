package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.wire.LunField;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

/** One connection to a target, from the login to its end. The device's thread runs it; any thread may ask it to send. */
final class Link implements AutoCloseable {

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Sender sender;
    private final Receiver receiver;
    private final String incarnation;
    private final String name;
    private final long requestNanos;
    private volatile Thread owner = Thread.currentThread();

    /**
     * Takes over a connection after its login.
     *
     * @param probes the commands to send first; see {@link #serve}
     */
    Link(LoggedIn login, IscsiUrl url, InitiatorConfig config, CommandQueue probes, Receiver.Listener listener)
            throws IOException {
        this.channel = login.channel();
        this.incarnation = login.incarnation();
        this.name = url.toString();
        this.requestNanos = config.requestTimeout().toNanos();
        channel.configureBlocking(false);
        this.selector = Selector.open();
        this.key = channel.register(selector, SelectionKey.OP_READ);
        this.sender =
                new Sender(channel, probes, LunField.encode(url.unit()), login, config.queueDepth(), selector::wakeup);
        this.receiver = new Receiver(channel, sender, listener, name);
    }

    /** Which run of the target this is; empty if it does not say. */
    String incarnation() {
        return incarnation;
    }

    /** Sends commands of this queue from now on. */
    void serve(CommandQueue queue) {
        sender.serve(queue);
        sender.pump();
    }

    /** Sends what waits; on the device's thread it is left to the end of the round, so that what it submits leaves together. */
    void pump() {
        if (Thread.currentThread() != owner) {
            sender.pump();
        }
    }

    /** Makes the device's thread end its wait. */
    void wake() {
        selector.wakeup();
    }

    Sender sender() {
        return sender;
    }

    /** The commands at the target. */
    List<Command> sent() {
        return sender.sent();
    }

    /** Waits for something to happen, at most so long, and does what it calls for. */
    void round(Duration wait) throws IOException {
        owner = Thread.currentThread();
        sender.pump();
        boolean blocked = sender.blocked();
        int interest = SelectionKey.OP_READ | (blocked ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
        selector.select(ready -> {}, Math.max(1, wait.toMillis()));
        IOException failure = sender.failure();
        if (failure != null) {
            throw failure;
        }
        if (blocked) {
            sender.resume();
        }
        receiver.receive();
        sender.pump();
    }

    /**
     * Looks for commands that the target does not answer.
     *
     * @throws IOException if there is one
     */
    void checkTimeouts(long now) throws IOException {
        for (Command command : sender.sent()) {
            if (now - command.sentAt() > requestNanos) {
                throw new IOException(name + ": a command was not answered within "
                        + Duration.ofNanos(requestNanos).toSeconds() + " s");
            }
        }
    }

    /** Ends the connection; the buffers of the commands are not touched after this. */
    @Override
    public void close() throws IOException {
        sender.close();
        try (channel) {
            selector.close();
        }
    }
}
