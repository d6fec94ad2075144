package dev.quoin.tools.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a key means that is not written. */
final class Defaults {

    private Defaults() {}

    /** A key that is written without a value is as good as one that is not written. */
    static <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("key '" + key + "' without a value found, a value expected");
        }
        return value;
    }

    static <T> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    static <T> List<T> list(@Nullable List<T> value) {
        return value == null ? List.of() : List.copyOf(value);
    }
}
