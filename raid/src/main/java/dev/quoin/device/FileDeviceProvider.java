package dev.quoin.device;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;

/** Opens {@code file:/absolute/path}, {@code file:relative/path} and {@code file:///absolute/path} as a {@link FileDevice}. */
public final class FileDeviceProvider implements DeviceProvider {

    @Override
    public String scheme() {
        return "file";
    }

    @Override
    public BlockDevice open(String url, Access access) throws DeviceException {
        return FileDevice.open(path(url), access);
    }

    private static Path path(String url) throws DeviceException {
        String rest = url.substring(url.indexOf(':') + 1);
        try {
            return rest.startsWith("//") ? Path.of(URI.create(url)) : Path.of(rest);
        } catch (IllegalArgumentException | FileSystemNotFoundException malformed) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED, url, "no path found, file:/path/of/file expected", malformed);
        }
    }
}
