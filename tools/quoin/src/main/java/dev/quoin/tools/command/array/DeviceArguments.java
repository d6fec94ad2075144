package dev.quoin.tools.command.array;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Devices as they are typed: URLs, or the paths that a shell makes of a pattern. */
final class DeviceArguments {

    private static final Pattern URL = Pattern.compile("[a-z][a-z0-9+.-]*:.*");

    private DeviceArguments() {}

    /** The URLs; a path, also a relative one, is that of a file. */
    static List<String> urls(List<String> typed) {
        return typed.stream().map(DeviceArguments::url).toList();
    }

    private static String url(String typed) {
        return URL.matcher(typed).matches()
                ? typed
                : "file:" + Path.of(typed).toAbsolutePath().normalize();
    }
}
