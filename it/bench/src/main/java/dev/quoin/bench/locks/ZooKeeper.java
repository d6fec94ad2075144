package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Child;
import dev.quoin.bench.Programs;
import dev.quoin.bench.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Three ZooKeeper servers at their defaults, and Curator's mutex; the load runs in a process of its own as well. */
final class ZooKeeper extends LockSystem {

    private static final String SERVER = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    private static final String LOAD = "dev.quoin.bench.zookeeper.ZooKeeperLoad";
    private static final int SERVERS = 3;

    private final List<ServerProcess> processes;
    private final ServerProcess load;
    private int runs;

    private ZooKeeper(List<ServerProcess> processes, ServerProcess load) {
        this.processes = processes;
        this.load = load;
    }

    /** Starts it, unless its libraries are not there. */
    static Optional<LockSystem> start(Path directory, Programs programs) throws BenchException {
        String classPath = System.getProperty("quoin.bench.zookeeper", "");
        if (classPath.isEmpty()) {
            programs.skip("zookeeper", "its libraries are not there: run ./bench");
            return Optional.empty();
        }
        List<ServerProcess> processes = new ArrayList<>();
        try {
            List<Integer> ports = ServerProcess.freePorts(3 * SERVERS);
            StringBuilder connect = new StringBuilder();
            for (int i = 0; i < SERVERS; i++) {
                processes.add(ServerProcess.java(
                        "zookeeper" + i,
                        directory,
                        classPath,
                        SERVER,
                        configuration(directory.resolve("zk" + i), i, ports).toString()));
                connect.append(i == 0 ? "" : ",").append("127.0.0.1:").append(ports.get(3 * i));
            }
            for (int i = 0; i < SERVERS; i++) {
                processes.get(i).awaitPort(ports.get(3 * i));
            }
            ServerProcess load = ServerProcess.java("zookeeper-load", directory, classPath, LOAD, connect.toString());
            processes.add(load);
            load.awaitOutput(Child.READY);
            return Optional.of(new ZooKeeper(List.copyOf(processes), load));
        } catch (BenchException | IOException failure) {
            processes.forEach(ServerProcess::close);
            throw failure instanceof BenchException known
                    ? known
                    : new BenchException("zookeeper: " + failure, failure);
        }
    }

    private static Path configuration(Path home, int index, List<Integer> ports) throws IOException {
        Files.createDirectories(home);
        Files.writeString(home.resolve("myid"), (index + 1) + "\n");
        StringBuilder text = new StringBuilder("""
                tickTime=2000
                initLimit=10
                syncLimit=5
                admin.enableServer=false
                maxClientCnxns=0
                """);
        text.append("dataDir=").append(home).append('\n');
        text.append("clientPortAddress=127.0.0.1\n");
        text.append("clientPort=").append(ports.get(3 * index)).append('\n');
        for (int i = 0; i < SERVERS; i++) {
            text.append("server.").append(i + 1).append("=127.0.0.1:").append(ports.get(3 * i + 1));
            text.append(':').append(ports.get(3 * i + 2)).append('\n');
        }
        Path file = home.resolve("zoo.cfg");
        Files.writeString(file, text);
        return file;
    }

    @Override
    public String name() {
        return LockMeasure.ZOOKEEPER;
    }

    @Override
    List<ServerProcess> processes() {
        return processes;
    }

    @Override
    long pairs(LockMeasure.Kind kind, int clients, Duration time) throws BenchException {
        int number = runs++;
        load.tell(number + " " + clients + " " + time.toMillis());
        return Long.parseLong(load.await(Pattern.compile("run " + number + " (\\d+) end")));
    }
}
