package dev.quoin.iscsi.portal;

import dev.quoin.iscsi.login.LoginMachine;
import dev.quoin.iscsi.login.LoginPolicy;
import dev.quoin.iscsi.login.LoginStatus;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening address and the thread that takes connections through their login. */
public final class Portal implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Portal.class);
    private static final int BACKLOG = 1024;
    private static final int ACCEPTS_PER_ROUND = 64;

    /** How long to leave the backlog alone when the process has no file handles left. */
    private static final long ACCEPT_PAUSE_MILLIS = 100;

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    /** Says who judges the logins. */
    @FunctionalInterface
    public interface Policies {
        /**
         * The judge of one connection. Called on the portal's thread; must not block.
         *
         * @param local the address that the initiator came to
         */
        LoginPolicy forConnection(InetSocketAddress local);
    }

    /** Takes over connections that are logged in. */
    @FunctionalInterface
    public interface Handover {
        /**
         * Called on the portal's thread; must not block.
         *
         * @param channel in non-blocking mode; it belongs to the callee if it is taken
         * @return null if the connection was taken, else how to refuse the login
         */
        @Nullable LoginStatus take(SocketChannel channel, String peer, LoginMachine.Established login);
    }

    private final ServerSocketChannel server;
    private final Selector selector;
    private final InetSocketAddress address;
    private final Policies policies;
    private final Handover handover;
    private final int pendingMax;
    private final long loginNanos;
    private final Thread thread;

    // Portal's thread only; in the order of their deadlines, because all have the same time.
    private final Set<PendingLogin> pending = new LinkedHashSet<>();
    private @Nullable SelectionKey acceptKey;
    private long acceptAgain;

    private volatile boolean closed;

    private Portal(
            ServerSocketChannel server,
            InetSocketAddress address,
            Selector selector,
            Policies policies,
            Handover handover,
            int pendingMax,
            Duration loginDeadline) {
        this.server = server;
        this.selector = selector;
        this.address = address;
        this.policies = policies;
        this.handover = handover;
        this.pendingMax = pendingMax;
        this.loginNanos = loginDeadline.toNanos();
        this.thread =
                Thread.ofPlatform().name("iscsi-portal-" + address.getPort()).unstarted(this::run);
    }

    /**
     * Listens. Blocking for a moment; the thread runs when it returns.
     *
     * @param bind the address; port 0 stands for any free one
     * @param pendingMax how many connections may be in their login; one more ends the oldest
     * @param loginDeadline how long a login may take
     * @throws BindException naming the address, if it cannot be had
     */
    public static Portal open(
            InetSocketAddress bind, Policies policies, Handover handover, int pendingMax, Duration loginDeadline)
            throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            try {
                server.bind(bind, BACKLOG);
            } catch (BindException taken) {
                BindException clear = new BindException("port " + bind.getPort() + " of " + bind.getHostString()
                        + " cannot be listened on (" + taken.getMessage()
                        + "): stop what uses it, or choose another port");
                clear.initCause(taken);
                throw clear;
            }
            server.configureBlocking(false);
            Selector selector = Selector.open();
            Portal portal = new Portal(
                    server,
                    (InetSocketAddress) server.getLocalAddress(),
                    selector,
                    policies,
                    handover,
                    pendingMax,
                    loginDeadline);
            portal.acceptKey = server.register(selector, SelectionKey.OP_ACCEPT);
            portal.thread.start();
            return portal;
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    /** The address that is listened on, with its real port. */
    public InetSocketAddress address() {
        return address;
    }

    private void run() {
        try (selector;
                server) {
            while (!closed) {
                try {
                    selector.select(this::ready, pause());
                    expire();
                } catch (IOException failure) {
                    LOG.error("portal round failed; address={}", address, failure);
                }
            }
        } catch (IOException failure) {
            LOG.warn("closing the portal failed; address={}", address, failure);
        } finally {
            pending.forEach(login -> close(login.channel()));
            pending.clear();
        }
    }

    private long pause() {
        long millis = TimeUnit.HOURS.toMillis(1);
        long now = System.nanoTime();
        Iterator<PendingLogin> oldest = pending.iterator();
        if (oldest.hasNext()) {
            millis = TimeUnit.NANOSECONDS.toMillis(oldest.next().deadline() - now) + 1;
        }
        if (acceptKey != null && acceptKey.interestOps() == 0) {
            millis = Math.min(millis, TimeUnit.NANOSECONDS.toMillis(acceptAgain - now) + 1);
        }
        return Math.max(1, millis);
    }

    private void expire() {
        long now = System.nanoTime();
        for (Iterator<PendingLogin> all = pending.iterator(); all.hasNext(); ) {
            PendingLogin oldest = all.next();
            if (oldest.deadline() - now > 0) {
                break;
            }
            all.remove();
            close(oldest.channel());
            LOG.debug("login took too long; initiator={}", oldest.initiatorName());
        }
        if (acceptKey != null && acceptKey.interestOps() == 0 && acceptAgain - now <= 0) {
            acceptKey.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void ready(SelectionKey key) {
        if (!(key.attachment() instanceof PendingLogin login)) {
            accept();
            return;
        }
        try {
            advance(key, login, key.isWritable() ? login.writable() : login.readable());
        } catch (IOException broken) {
            drop(login, String.valueOf(broken.getMessage()));
        } catch (RuntimeException bug) {
            LOG.error("login ends on a defect; initiator={}", login.initiatorName(), bug);
            drop(login, "a defect of the target");
        }
    }

    private void advance(SelectionKey key, PendingLogin login, PendingLogin.Next next) throws IOException {
        switch (next) {
            case READ -> key.interestOps(SelectionKey.OP_READ);
            case WRITE -> key.interestOps(SelectionKey.OP_WRITE);
            case CLOSE -> drop(login, login.why());
            case ESTABLISHED -> {
                String peer = String.valueOf(login.channel().getRemoteAddress());
                LoginMachine.Established step = login.established();
                // The channel leaves this selector for good with the next round; its new owner has one of its own.
                key.interestOps(0);
                LoginStatus refused = handover.take(login.channel(), peer, step);
                if (refused == null) {
                    key.cancel();
                    pending.remove(login);
                } else {
                    advance(key, login, login.refuse(LoginMachine.refusal(step.response(), refused)));
                }
            }
        }
    }

    private void accept() {
        try {
            for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
                SocketChannel channel = server.accept();
                if (channel == null) {
                    return;
                }
                admit(channel);
            }
        } catch (IOException failure) {
            LOG.warn("cannot accept connections now; address={}", address, failure);
            acceptAgain = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ACCEPT_PAUSE_MILLIS);
            if (acceptKey != null) {
                acceptKey.interestOps(0);
            }
        }
    }

    private void admit(SocketChannel channel) {
        if (pending.size() >= pendingMax) {
            drop(pending.iterator().next(), pendingMax + " logins are under way");
        }
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            LoginPolicy policy = policies.forConnection((InetSocketAddress) channel.getLocalAddress());
            PendingLogin login = new PendingLogin(channel, new LoginMachine(policy), System.nanoTime() + loginNanos);
            channel.register(selector, SelectionKey.OP_READ, login);
            pending.add(login);
        } catch (IOException gone) {
            close(channel);
        }
    }

    private void drop(PendingLogin login, String why) {
        if (login.denied()) {
            LOG.info(
                    "login denied; initiator={} peer={} why=\"{}\"", login.initiatorName(), peer(login.channel()), why);
        } else {
            LOG.debug("login ends; initiator={} why=\"{}\"", login.initiatorName(), why);
        }
        pending.remove(login);
        close(login.channel());
    }

    private static String peer(SocketChannel channel) {
        try {
            return String.valueOf(channel.getRemoteAddress());
        } catch (IOException gone) {
            return "(gone)";
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException failure) {
            LOG.debug("closing a socket failed", failure);
        }
    }

    /** Stops listening and ends the logins under way. Waits for the thread, a few seconds at most. Idempotent. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            if (!thread.join(CLOSE_WAIT)) {
                LOG.warn("the portal's thread does not end; address={}", address);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
