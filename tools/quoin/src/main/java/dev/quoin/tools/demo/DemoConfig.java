package dev.quoin.tools.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.DlmConfig;
import dev.quoin.tools.config.FileSystemConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.PoolConfig;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.config.TlsConfig;
import dev.quoin.tools.config.VolumeConfig;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeDirectory;
import dev.quoin.tools.output.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the demo: what a newcomer would have to write, and need not.
 *
 * <p>The addresses of the lock manager's peers are chosen at the first start and kept in {@code demo.json}: the peers know each
 * other by them. All of them are of the loopback interface.
 */
final class DemoConfig {

    static final String ARRAY = "main";
    static final String DISK = "disk0";
    static final String SHARED = "shared0";
    static final List<String> NODES = List.of("node-a", "node-b");
    static final String TARGET = "iqn.2026-11.dev.quoin:demo";

    /** Longer than what a busy laptop needs to give three peers in one process their turn. */
    private static final Duration ELECTION = Duration.ofSeconds(1);

    private static final String FILE = "demo.json";
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MEMBERS = 4;
    private static final ByteSize SIZE = new ByteSize(1L << 30);
    private static final int TARGET_PORT = 3260;
    private static final int TARGET_PORT_TRIES = 100;

    /** Ports below those that Linux gives to outgoing connections, so that none of these takes one while the demo is down. */
    private static final int PORT_MIN = 10_000;

    private static final int PORT_MAX = 32_000;
    private static final int PORT_TRIES = 1_000;
    private static final List<String> PEERS = List.of("a", "b", "c");

    private DemoConfig() {}

    /**
     * The configuration of the demo in a directory. Blocking.
     *
     * @param port of the target; null takes 3260 or the next free one
     */
    static NodeConfig of(NodeDirectory directory, @Nullable Integer port) throws Fault {
        Path file = directory.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                writeNew(directory.path(), file);
            }
            return config(directory, read(file), port);
        } catch (IOException | RuntimeException failure) {
            throw Fault.failed(
                    "file " + file,
                    "cannot be read or written: " + failure,
                    "remove the directory if nothing in it is needed, or name another with --dir",
                    failure);
        }
    }

    private record Kept(String cluster, List<Integer> ports) {}

    private static Kept read(Path file) throws IOException {
        JsonNode root = Json.read(Files.readString(file));
        var ports = new ArrayList<Integer>();
        root.path("ports").forEach(port -> ports.add(port.asInt()));
        if (ports.size() != 2 * PEERS.size()) {
            throw new IOException(ports.size() + " ports found, " + 2 * PEERS.size() + " expected");
        }
        return new Kept(root.path("cluster").asText(), ports);
    }

    /** The file gets its name when its content is durable, for it is never written again. */
    private static void writeNew(Path directory, Path file) throws IOException {
        ObjectNode root = Json.document("Demo").put("cluster", "demo-" + UUID.randomUUID());
        int first = freePorts(2 * PEERS.size());
        for (int i = 0; i < 2 * PEERS.size(); i++) {
            root.withArray("ports").add(first + i);
        }
        Path temporary = directory.resolve(FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(Json.pretty(root).getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel name = FileChannel.open(directory, StandardOpenOption.READ)) {
            name.force(true);
        }
    }

    private static int freePorts(int count) throws IOException {
        for (int attempt = 0; attempt < PORT_TRIES; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX - count);
            int free = 0;
            while (free < count && isFree(first + free)) {
                free++;
            }
            if (free == count) {
                return first;
            }
        }
        throw new IOException("no " + count + " free ports in a row found between " + PORT_MIN + " and " + PORT_MAX);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private static NodeConfig config(NodeDirectory directory, Kept kept, @Nullable Integer port) {
        var peers = new ArrayList<DlmConfig.Peer>();
        for (int i = 0; i < PEERS.size(); i++) {
            peers.add(DlmConfig.Peer.here(
                    PEERS.get(i),
                    new HostPort(LOOPBACK, kept.ports().get(2 * i)),
                    new HostPort(LOOPBACK, kept.ports().get(2 * i + 1))));
        }
        var members = new ArrayList<String>();
        for (int i = 0; i < MEMBERS; i++) {
            members.add("file:" + directory.resolve("members").resolve("member" + i));
        }
        return new NodeConfig(
                "demo",
                directory.path(),
                new HostPort(LOOPBACK, 0),
                null,
                new DlmConfig(
                        kept.cluster(),
                        new TlsConfig.Off(),
                        List.of(),
                        RaftTransport.DEFAULT,
                        ELECTION,
                        Duration.ofSeconds(1),
                        peers,
                        List.of()),
                List.of(new ArrayConfig(ARRAY, 5, new ByteSize(ArrayConfig.CHUNK_DEFAULT), members, SIZE)),
                List.of(new PoolConfig(ARRAY, List.of(ARRAY))),
                List.of(new VolumeConfig(DISK, ARRAY, SIZE, 0), new VolumeConfig(SHARED, ARRAY, SIZE, 1)),
                TargetConfig.open(
                        TARGET,
                        new HostPort(LOOPBACK, port == null ? TARGET_PORT : port),
                        port == null ? TARGET_PORT_TRIES : 1),
                List.of(new FileSystemConfig(SHARED, NODES, true)));
    }
}
