package dev.quoin.iscsi.chap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;

/** A file with one secret that nobody but its owner may touch. A line's end after the secret does not belong to it. */
public final class SecretFile {

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private SecretFile() {}

    /**
     * Reads a secret. Blocking.
     *
     * @throws IOException naming the file, if it is not there, is open to others, or holds no secret of a legal length
     */
    public static ChapSecret read(Path file) throws IOException {
        try {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
                open.removeAll(OWNER_ONLY);
                if (!open.isEmpty()) {
                    throw new IOException("secret file " + file + " can be used by others than its owner (" + open
                            + "), its owner alone expected: chmod 600 " + file);
                }
            }
            byte[] bytes;
            try (var in = Files.newInputStream(file)) {
                bytes = in.readNBytes(ChapSecret.BYTES_MAX + 3);
            }
            return ChapSecret.of(Arrays.copyOf(bytes, lengthWithoutLineEnd(bytes)));
        } catch (NoSuchFileException missing) {
            throw new IOException(
                    "secret file " + file + " does not exist: write the secret to it, and chmod 600 " + file, missing);
        } catch (IllegalArgumentException wrong) {
            throw new IOException("secret file " + file + ": " + wrong.getMessage(), wrong);
        }
    }

    private static int lengthWithoutLineEnd(byte[] bytes) {
        int length = bytes.length;
        if (length > 0 && bytes[length - 1] == '\n') {
            length--;
            if (length > 0 && bytes[length - 1] == '\r') {
                length--;
            }
        }
        return length;
    }
}
