package dev.quoin.bench.locks;

import dev.quoin.bench.Area;
import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import dev.quoin.bench.Programs;
import dev.quoin.dlm.raft.RaftTransport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Taking and giving back locks at a lock manager of three members on this machine, each in its own process with its log synced,
 * beside ZooKeeper and etcd in the same run.
 */
public final class LocksArea implements Area {

    /** System property: what carries the log of the Quoin that is measured, {@code grpc} or {@code socket}. */
    private static final String TRANSPORT = "quoin.bench.transport";

    @Override
    public String name() {
        return "locks";
    }

    @Override
    public List<Measure> measures() {
        return LockMeasure.all().stream().map(LockMeasure::measure).toList();
    }

    @Override
    public List<Contestant> open(Path directory, Programs programs) throws BenchException {
        List<Contestant> systems = new ArrayList<>();
        try {
            RaftTransport transport = RaftTransport.parse(System.getProperty(TRANSPORT, RaftTransport.DEFAULT.word()));
            systems.add(LockContestant.start(directory, transport));
            systems.add(LockContestant.other(directory, transport));
            ZooKeeper.start(directory, programs).ifPresent(systems::add);
            Etcd.start(directory, programs).ifPresent(systems::add);
            return List.copyOf(systems);
        } catch (BenchException failure) {
            systems.forEach(Contestant::close);
            throw failure;
        }
    }
}
