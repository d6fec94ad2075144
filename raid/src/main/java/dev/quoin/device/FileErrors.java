package dev.quoin.device;

import dev.quoin.device.DeviceException.Code;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Tells which kind of device error an {@link IOException} of a file is.
 *
 * <p>The Java library passes the error number on only as the text of {@code strerror}, which is in the language of the user. So
 * the text is looked at first, and the free space of the file system where it says nothing.
 */
final class FileErrors {

    private FileErrors() {}

    static DeviceException classify(
            String device, Path path, String action, long offset, long length, IOException failure) {
        String message = action + " of " + offset + "+" + length + " failed: " + failure;
        return new DeviceException(code(path, action, length, failure), device, message, failure);
    }

    private static Code code(Path path, String action, long length, IOException failure) {
        String text = String.valueOf(failure.getMessage());
        if (failure instanceof ClosedChannelException
                || failure instanceof NoSuchFileException
                || text.contains("No such device")) {
            return Code.GONE;
        }
        // An immutable file refuses an open and a write as not permitted.
        if (failure instanceof AccessDeniedException
                || text.contains("Read-only file system")
                || text.contains("Operation not permitted")) {
            return Code.READ_ONLY;
        }
        if (text.contains("No space left") || text.contains("quota exceeded") || text.contains("File too large")) {
            return Code.NO_SPACE;
        }
        if (text.contains("Input/output error")) {
            return Code.MEDIUM_ERROR;
        }
        boolean reads = action.equals("read");
        return !reads && usable(path) < length ? Code.NO_SPACE : Code.MEDIUM_ERROR;
    }

    private static long usable(Path path) {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }
}
