package dev.quoin.tools.command;

import dev.quoin.tools.output.Terminal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a node keeps what it needs if nobody says otherwise (XDG Base Directory Specification 0.8). */
final class Directories {

    private Directories() {}

    /** The directory named on the command line, else {@code QUOIN_DIR}, else {@code quoin/demo} in the user's cache. */
    static Path choose(Terminal terminal, @Nullable Path named) {
        if (named != null) {
            return named.toAbsolutePath().normalize();
        }
        String variable = terminal.variable("QUOIN_DIR");
        if (variable != null) {
            return Path.of(variable).toAbsolutePath().normalize();
        }
        String cache = terminal.variable("XDG_CACHE_HOME");
        // The specification has relative paths ignored.
        Path base = cache != null && Path.of(cache).isAbsolute()
                ? Path.of(cache)
                : home(terminal).resolve(".cache");
        return base.resolve("quoin").resolve("demo");
    }

    private static Path home(Terminal terminal) {
        String home = terminal.variable("HOME");
        return Path.of(home != null ? home : System.getProperty("user.home")).toAbsolutePath();
    }
}
