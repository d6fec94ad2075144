package dev.quoin.tools.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build. */
public final class ProductVersion {

    private ProductVersion() {}

    /** The version, such as {@code 0.1.0}. */
    public static String number() {
        var properties = new Properties();
        try (InputStream resource = ProductVersion.class.getResourceAsStream("/dev/quoin/tools/version.properties")) {
            if (resource == null) {
                throw new IllegalStateException("version.properties is not in the jar: the build is broken");
            }
            properties.load(resource);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return properties.getProperty("version", "unknown");
    }
}
