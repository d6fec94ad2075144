package dev.quoin.tools.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
public final class Version implements IVersionProvider {

    /** The version, such as {@code 0.1.0}. */
    public static String number() {
        var properties = new Properties();
        try (InputStream resource = Version.class.getResourceAsStream("/dev/quoin/tools/version.properties")) {
            if (resource == null) {
                throw new IllegalStateException("version.properties is not in the jar: the build is broken");
            }
            properties.load(resource);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return properties.getProperty("version", "unknown");
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "quoin " + number() + " (Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch") + ")"
        };
    }
}
