package dev.quoin.tools.command.fs;

import dev.quoin.admin.proto.WriteFileReply;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.OutputFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin fs cp}. */
@Command(
        name = "cp",
        description = {
            "Copy a file into a cluster file system or out of it; - is standard input or output.",
            "When a copy into it returns, the file is durable. A copy that breaks off leaves what was there."
        },
        footer = {
            "  quoin fs cp README.md shared0:/README.md",
            "  quoin fs cp shared0:/README.md /tmp/copy.md",
            "  date | quoin fs cp - shared0:/now"
        })
final class CopyFile extends PathCommand {

    private static final int NEW_FILE_MODE = 0644;

    @Parameters(index = "0", paramLabel = "FROM", description = "A local file, or VOLUME:/path.")
    private String from = "";

    @Parameters(index = "1", paramLabel = "TO", description = "VOLUME:/path, or a local file.")
    private String to = "";

    @Override
    protected void check() throws Fault {
        if (clusterPath(from).isPresent() == clusterPath(to).isPresent()) {
            throw Fault.usage(
                    "fs cp",
                    "'" + from + "' and '" + to + "' found, one of them as VOLUME:/path expected",
                    "put the volume before the path that is in the cluster: quoin fs cp FILE shared0:/FILE");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        Optional<RemotePath> source = clusterPath(from);
        return source.isPresent() ? copyOut(client, source.get()) : copyIn(client, remote(to));
    }

    private int copyIn(AdminClient client, RemotePath named) throws Fault {
        boolean stream = from.equals("-");
        RemotePath target = named.path().endsWith("/") && !stream
                ? named.resolve(Path.of(from).toAbsolutePath().normalize().getFileName() + "")
                : named;
        try (InputStream source = stream ? terminal().in() : Files.newInputStream(Path.of(from))) {
            if (!stream && Files.isDirectory(Path.of(from))) {
                throw Fault.usage(
                        "local file " + from, "a directory found, a file expected", "copy its files one by one");
            }
            WriteFileReply reply = FileTransfer.upload(client, source, target.toMessage(node()), NEW_FILE_MODE);
            report(from, target.toString(), reply.getSizeBytes());
            return ExitCode.DONE.number();
        } catch (IOException failure) {
            throw FileTransfer.localFault(from, failure);
        }
    }

    private int copyOut(AdminClient client, RemotePath source) throws Fault {
        try {
            if (to.equals("-")) {
                FileTransfer.download(
                        client, source.toMessage(node()), terminal().out());
                terminal().out().flush();
                return ExitCode.DONE.number();
            }
            Path named = Path.of(to).toAbsolutePath();
            Path target = Files.isDirectory(named) ? named.resolve(source.fileName()) : named;
            report(source.toString(), target.toString(), downloadTo(client, source, target));
            return ExitCode.DONE.number();
        } catch (IOException failure) {
            throw FileTransfer.localFault(to, failure);
        }
    }

    /** The file gets its name when all of it is there, so that a copy that breaks off leaves the old one. */
    private long downloadTo(AdminClient client, RemotePath source, Path target) throws Fault, IOException {
        Path temporary = Files.createTempFile(target.getParent(), ".quoin-cp", "");
        try {
            long length;
            try (OutputStream stream = Files.newOutputStream(temporary)) {
                length = FileTransfer.download(client, source.toMessage(node()), stream);
            }
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
            return length;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private void report(String source, String target, long length) {
        if (format() == OutputFormat.JSON) {
            terminal()
                    .out()
                    .println(Json.line(Json.document("Copied")
                            .put("from", source)
                            .put("to", target)
                            .put("sizeBytes", length)));
        } else {
            terminal().out().println(source + " -> " + target + ": " + ByteSize.format(length));
        }
    }

    /** Here a path without a volume is a local one. */
    private static Optional<RemotePath> clusterPath(String text) {
        return RemotePath.parse(text).filter(path -> !path.volume().isEmpty());
    }
}
