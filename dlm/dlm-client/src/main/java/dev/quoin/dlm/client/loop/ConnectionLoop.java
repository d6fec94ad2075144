package dev.quoin.dlm.client.loop;

import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One thread that reads and writes connections of gRPC, and runs what is given to it between two readings. So what comes in one reading
 * can be taken together, without a timer and without another thread to wake. Any thread may use it.
 */
public final class ConnectionLoop implements Executor, AutoCloseable {

    private final EventLoopGroup group;

    /** Starts the thread. */
    public ConnectionLoop(String name) {
        group = new MultiThreadIoEventLoopGroup(
                1,
                Thread.ofPlatform().name(name).daemon().factory(),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    /** Lets it carry the connections that a server accepts. */
    public NettyServerBuilder carry(NettyServerBuilder server) {
        return server.bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .channelType(Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
    }

    /** Lets it carry the connections of a channel. */
    public NettyChannelBuilder carry(NettyChannelBuilder channel) {
        return channel.eventLoopGroup(group)
                .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class);
    }

    /** Runs a task on the thread, after what it is at. Drops it if the loop was closed. Does not block. */
    @Override
    public void execute(Runnable task) {
        try {
            group.execute(task);
        } catch (RejectedExecutionException closed) {
            // Whoever uses the loop is stopping too.
            return;
        }
    }

    /** A task that is run once for all that ask for it before it begins. */
    public static Runnable once(Executor loop, Runnable task) {
        AtomicBoolean asked = new AtomicBoolean();
        Runnable run = () -> {
            asked.set(false);
            task.run();
        };
        return () -> {
            if (asked.compareAndSet(false, true)) {
                loop.execute(run);
            }
        };
    }

    /** Ends the thread. Does not block. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
