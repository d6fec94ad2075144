package dev.quoin.tools.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;

/**
 * The file {@code node.json} in a node's directory: where its administration door is and the token that opens it. Only the
 * owner of the directory can read it, so who can read it may administer the node.
 *
 * @param pid the node's process
 * @param endpoint where the door listens
 * @param token what a caller has to show
 * @param startedAt when the node started
 */
public record NodeFile(long pid, HostPort endpoint, String token, Instant startedAt) {

    /** The name of the file in the node's directory. */
    public static final String NAME = "node.json";

    /** Writes the file, readable by its owner only, so that a reader sees all of it or none. Not durable. Blocking. */
    public void writeTo(Path directory) throws IOException {
        ObjectNode root = Json.document("Node")
                .put("pid", pid)
                .put("endpoint", endpoint.toString())
                .put("token", token)
                .put("startedAt", startedAt.toString());
        Path temporary = Files.createTempFile(
                directory,
                NAME,
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, Json.pretty(root) + "\n");
        Files.move(temporary, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Reads the file; empty if there is none. Blocking.
     *
     * @throws Fault if it cannot be read or is not as {@link #writeTo} writes it
     */
    public static Optional<NodeFile> readFrom(Path directory) throws Fault {
        Path file = directory.resolve(NAME);
        try {
            JsonNode root = Json.read(Files.readString(file));
            return Optional.of(new NodeFile(
                    root.path("pid").asLong(),
                    HostPort.parse(root.path("endpoint").asText()),
                    root.path("token").asText(),
                    Instant.parse(root.path("startedAt").asText())));
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        } catch (IOException | RuntimeException unreadable) {
            throw Fault.failed(
                    "file " + file,
                    "cannot be read as a node's address: " + unreadable.getMessage(),
                    "run the command as the user that runs the node, or start the node again",
                    unreadable);
        }
    }

    /** Removes the file of a node that stops. Blocking. */
    public static void remove(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(NAME));
    }

    /** The record without its secret. */
    @Override
    public String toString() {
        return "NodeFile[pid=" + pid + ", endpoint=" + endpoint + ", startedAt=" + startedAt + "]";
    }
}
