package dev.quoin.tools.config;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The names that people give to things. */
public final class Names {

    /** The longest name, in characters. */
    public static final int LENGTH_MAX = 48;

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

    private Names() {}

    /**
     * Checks a name: letters, digits, and after the first also {@code _ . -}.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    public static void check(String what, String name) {
        if (name.length() > LENGTH_MAX || !FORM.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " name '" + name + "' found, 1 to " + LENGTH_MAX
                    + " letters, digits, '_', '.' or '-' expected, the first a letter or digit");
        }
    }

    static void checkUnique(String what, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                throw new IllegalArgumentException(what + " '" + name + "' found twice, each name once expected");
            }
        }
    }

    static void checkKnown(String what, String name, Collection<String> known) {
        if (!known.contains(name)) {
            String hint = Nearest.to(name, known)
                    .map(word -> "; did you mean '" + word + "'?")
                    .orElse("");
            throw new IllegalArgumentException(what + " '" + name + "' found, one of " + known + " expected" + hint);
        }
    }
}
