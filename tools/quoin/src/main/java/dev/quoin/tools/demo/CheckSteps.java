package dev.quoin.tools.demo;

import dev.quoin.clusterfs.fsck.FsckReport;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.device.BlockDevice;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.RebuildReport;
import dev.quoin.raid.ScrubReport;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.ProgressPrinter;
import dev.quoin.tools.output.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The steps of the demo check, which build on each other. Owned by one thread. */
final class CheckSteps implements AutoCloseable {

    private static final int FILES_LEAST = 1_000;
    private static final int APPENDS = 200;
    private static final long IMAGE_LENGTH = 256L << 20;
    private static final long LOAD_OFFSET = 512L << 20;
    private static final long LOAD_LENGTH = 64L << 20;
    private static final int LOST_MEMBER = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String INITIATOR = "iqn.2026-11.dev.quoin:demo-check";

    private final Terminal terminal;
    private final Path directory;
    private final @Nullable Path home;
    private final @Nullable Integer port;
    private final String version;
    private final SharedLog log = new SharedLog("/log");
    private SeededImage image = new SeededImage(1, IMAGE_LENGTH);
    private @Nullable Demo demo;
    private @Nullable TreeCopy tree;
    private @Nullable LoadWriter load;
    private @Nullable BlockDevice loadDisk;

    CheckSteps(Terminal terminal, Path directory, @Nullable Path home, @Nullable Integer port, String version) {
        this.terminal = terminal;
        this.directory = directory;
        this.home = home;
        this.port = port;
        this.version = version;
    }

    /** Carries all steps out in order. */
    void addTo(Checklist list) {
        list.step("start the cluster", this::start);
        list.step("write a real tree through node-a, read it equal through node-b", this::writeTree);
        list.step("both nodes append to one file in turn, nothing lost", this::appendInTurn);
        list.step("write an image to LUN 0 by iSCSI and read it back", this::writeImage);
        list.step("the same with qemu-img", this::writeWithQemu);
        list.step("take a member away under load, read everything without it", this::loseMember);
        list.step("rebuild on a blank member, stop the lock manager's leader meanwhile", this::rebuild);
        list.step("scrub the array", this::scrub);
        list.step("stop everything, start it again, find all data", this::restart);
        list.step("check the file system", this::fsck);
        list.step("stop", () -> {
            close();
            return "";
        });
    }

    private String start() throws Fault {
        demo = Demo.start(directory, port, version, notice -> terminal.out().println("  " + notice));
        return "target at " + node().requirePortal().address() + ", peer "
                + node().peers().leader().orElse("none") + " leads";
    }

    private String writeTree() throws Exception {
        try (SourceTree source = SourceTree.find(home, Path.of(System.getProperty("java.home")), FILES_LEAST)) {
            if (source.entries().size() < FILES_LEAST) {
                throw new CheckFailure(
                        source.entries().size() + " files found to write, at least " + FILES_LEAST + " expected");
            }
            tree = TreeCopy.write(source, vfs(0), "/tree");
        }
        tree().verify(vfs(1));
        return tree().files() + " files, " + ByteSize.format(tree().bytes());
    }

    private String appendInTurn() throws Exception {
        log.append(List.of(vfs(0), vfs(1)), APPENDS);
        log.verify(vfs(0));
        log.verify(vfs(1));
        return APPENDS + " appends";
    }

    private String writeImage() throws Exception {
        try (BlockDevice disk = openDisk()) {
            DiskImage.write(disk, 0, image);
            DiskImage.verify(disk, 0, image);
        }
        return ByteSize.format(image.length());
    }

    private String writeWithQemu() throws Exception {
        var qemu = new QemuImage(node().requirePortal().address().toString(), DemoConfig.TARGET, 0);
        qemu.require();
        var other = new SeededImage(2, IMAGE_LENGTH);
        Path file = directory.resolve("image.raw");
        DiskImage.writeFile(file, other);
        qemu.write(file);
        image = other;
        qemu.compare(file);
        Files.delete(file);
        try (BlockDevice disk = openDisk()) {
            DiskImage.verify(disk, 0, image);
        }
        return ByteSize.format(image.length()) + ", read back by both initiators";
    }

    private String loseMember() throws Exception {
        loadDisk = openDisk();
        LoadWriter writer = LoadWriter.start(loadDisk, LOAD_OFFSET, LOAD_LENGTH, 3);
        load = writer;
        writer.awaitProgress(100, PATIENCE);
        node().arrays().fail(DemoConfig.ARRAY, LOST_MEMBER);
        require(status().health() == ArrayStatus.Health.DEGRADED, "array " + status().health() + ", degraded expected");
        writer.awaitProgress(100, PATIENCE);
        coldCaches();
        tree().verify(vfs(1));
        log.verify(vfs(0));
        try (BlockDevice reader = openDisk()) {
            DiskImage.verify(reader, 0, image);
        }
        return writer.writes() + " writes meanwhile";
    }

    /** A node that opens the file system anew has to read from the disk. */
    private void coldCaches() throws Fault {
        node().unmount(DemoConfig.SHARED);
        node().mount(DemoConfig.SHARED);
    }

    private String rebuild() throws Exception {
        LoadWriter writer = load();
        node().arrays().replace(DemoConfig.ARRAY, LOST_MEMBER, "");
        var printer =
                new ProgressPrinter(terminal, OutputFormat.TABLE, "  rebuild " + DemoConfig.ARRAY, System::nanoTime);
        var begun = new CountDownLatch(1);
        CompletableFuture<RebuildReport> rebuild = node().arrays().rebuild(DemoConfig.ARRAY, (done, total) -> {
            printer.update(done, total);
            begun.countDown();
        });
        begun.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        String leader = node().peers().awaitLeader(PATIENCE);
        node().peers().stop(leader);
        writer.awaitProgress(50, PATIENCE);
        log.append(List.of(vfs(0), vfs(1)), 10);
        log.verify(vfs(1));
        String next = node().peers().awaitLeader(PATIENCE);
        RebuildReport report = end(rebuild);
        printer.finish();
        node().peers().start(leader);
        endLoad();
        try (BlockDevice disk = openDisk()) {
            writer.verify(disk);
        }
        require(report.blocksLost() == 0, report.blocksLost() + " blocks lost, none expected");
        require(status().health() == ArrayStatus.Health.OPTIMAL, "array " + status().health() + ", optimal expected");
        require(!next.equals(leader), "peer " + next + " leads, another than the stopped one expected");
        return ByteSize.format(report.bytesWritten()) + " rebuilt, peer " + leader + " stopped, peer " + next
                + " leads, " + writer.writes() + " writes meanwhile";
    }

    private String scrub() throws Exception {
        var printer =
                new ProgressPrinter(terminal, OutputFormat.TABLE, "  scrub " + DemoConfig.ARRAY, System::nanoTime);
        ScrubReport report = end(node().arrays().scrub(DemoConfig.ARRAY, printer::update));
        printer.finish();
        require(report.isClean(), "a clean array expected, found " + report);
        return report.blocksChecked() + " blocks clean";
    }

    private String restart() throws Exception {
        close();
        start();
        require(status().health() == ArrayStatus.Health.OPTIMAL, "array " + status().health() + ", optimal expected");
        tree().verify(vfs(1));
        log.verify(vfs(0));
        try (BlockDevice disk = openDisk()) {
            DiskImage.verify(disk, 0, image);
            load().verify(disk);
        }
        return "";
    }

    private String fsck() throws Exception {
        node().unmount(DemoConfig.SHARED);
        FsckReport report = node().requireFileSystems().check(DemoConfig.SHARED);
        require(
                report.clean() && report.warnings() == 0,
                "a clean file system expected, found " + String.join("; ", report.lines()));
        return report.counts().files() + " files, no findings";
    }

    private Node node() {
        if (demo == null) {
            throw new IllegalStateException("the demo was not started");
        }
        return demo.node();
    }

    private Vfs vfs(int index) throws Fault {
        return node().requireFileSystems().through(DemoConfig.SHARED, DemoConfig.NODES.get(index));
    }

    private TreeCopy tree() {
        if (tree == null) {
            throw new IllegalStateException("the tree was not written");
        }
        return tree;
    }

    private LoadWriter load() {
        if (load == null) {
            throw new IllegalStateException("there is no load");
        }
        return load;
    }

    private ArrayStatus status() throws Fault {
        return node().arrays().get(DemoConfig.ARRAY).status();
    }

    private BlockDevice openDisk() throws IOException, Fault {
        return node().requirePortal().open(0, INITIATOR);
    }

    private static <T> T end(CompletableFuture<T> work) throws Exception {
        try {
            return work.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception known ? known : failure;
        }
    }

    private static void require(boolean holds, String otherwise) throws CheckFailure {
        if (!holds) {
            throw new CheckFailure(otherwise);
        }
    }

    private void endLoad() throws IOException, InterruptedException {
        try {
            load().stop();
        } finally {
            if (loadDisk != null) {
                loadDisk.close();
                loadDisk = null;
            }
        }
    }

    @Override
    public void close() {
        if (loadDisk != null) {
            // A step failed in between: the writer finds its disk gone and ends.
            loadDisk.close();
            loadDisk = null;
        }
        Demo running = demo;
        demo = null;
        if (running != null) {
            running.close();
        }
    }
}
