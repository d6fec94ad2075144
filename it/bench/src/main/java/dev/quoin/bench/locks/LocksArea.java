package dev.quoin.bench.locks;

import dev.quoin.bench.Area;
import dev.quoin.bench.BenchException;
import dev.quoin.bench.Better;
import dev.quoin.bench.Child;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.Programs;
import dev.quoin.bench.ServerProcess;
import dev.quoin.dlm.client.DlmClientConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Taking and giving back locks at a lock manager of three peers on this machine. Own figures; the peers come later. */
public final class LocksArea implements Area {

    private static final int PEERS = 3;
    /** Long, so that a machine that is busy for a while shows in the figures and does not end the run. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Map<Measure, Integer> CLIENTS = new LinkedHashMap<>();

    static {
        for (int count : new int[] {1, 8, 64, 512}) {
            CLIENTS.put(
                    new Measure(
                            "pairs-" + count,
                            "pairs/s",
                            Better.HIGHER,
                            "acquire and release of free locks, " + count + (count == 1 ? " client" : " clients")),
                    count);
        }
        CLIENTS.put(
                new Measure(
                        "reacquire-p50", "us", Better.LOWER, "median time to take a lock given back before, 1 client"),
                1);
    }

    @Override
    public String name() {
        return "locks";
    }

    @Override
    public List<Measure> measures() {
        return List.copyOf(CLIENTS.keySet());
    }

    @Override
    public List<Contestant> open(Path directory, Programs programs) throws BenchException {
        List<String> ports = new ArrayList<>();
        for (int port : ServerProcess.freePorts(2 * PEERS)) {
            ports.add(Integer.toString(port));
        }
        List<ServerProcess> peers = new ArrayList<>();
        try {
            for (int i = 0; i < PEERS; i++) {
                List<String> arguments = new ArrayList<>(
                        List.of(Integer.toString(i), directory.resolve("p" + i).toString()));
                arguments.addAll(ports);
                peers.add(ServerProcess.java(
                        "peer" + i, directory, LockPeerMain.class, arguments.toArray(String[]::new)));
            }
            for (ServerProcess peer : peers) {
                peer.awaitOutput(Child.READY);
            }
        } catch (BenchException failure) {
            peers.forEach(ServerProcess::close);
            throw failure;
        }
        List<String> servers = new ArrayList<>();
        for (int i = 1; i < ports.size(); i += 2) {
            servers.add("127.0.0.1:" + ports.get(i));
        }
        // Many sessions share the name of this process.
        DlmClientConfig config = DlmClientConfig.of("bench", servers)
                .supersede(false)
                .lease(PATIENCE)
                .timeouts(PATIENCE, PATIENCE);
        return List.of(new LockContestant(peers, config, CLIENTS));
    }
}
