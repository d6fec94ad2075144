package dev.quoin.tools.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The example of a configuration that has every key. */
public final class ExampleConfig {

    private ExampleConfig() {}

    /** The text, YAML with comments. */
    public static String text() {
        try (InputStream resource = ExampleConfig.class.getResourceAsStream("example.yaml")) {
            if (resource == null) {
                throw new IllegalStateException("example.yaml is not in the jar: the build is broken");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
