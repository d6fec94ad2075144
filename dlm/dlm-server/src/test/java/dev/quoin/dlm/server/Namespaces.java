package dev.quoin.dlm.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Network namespaces of Linux, one for each peer, on a bridge that this process reaches. Needs root. */
final class Namespaces implements AutoCloseable {

    private final String prefix = "q" + ProcessHandle.current().pid() % 100_000;
    private final String subnet = "10.213." + ProcessHandle.current().pid() % 250 + ".";
    private final int count;

    private Namespaces(int count) {
        this.count = count;
    }

    /** Makes them. */
    static Namespaces create(int count) throws IOException {
        var made = new Namespaces(count);
        try {
            ip("link", "add", made.prefix, "type", "bridge");
            ip("addr", "add", made.subnet + "1/24", "dev", made.prefix);
            ip("link", "set", made.prefix, "up");
            for (int i = 0; i < count; i++) {
                ip("netns", "add", made.name(i));
                ip("link", "add", made.port(i), "type", "veth", "peer", "name", "e0", "netns", made.name(i));
                ip("link", "set", made.port(i), "master", made.prefix);
                ip("link", "set", made.port(i), "up");
                ip("-n", made.name(i), "addr", "add", made.address(i) + "/24", "dev", "e0");
                ip("-n", made.name(i), "link", "set", "e0", "up");
                ip("-n", made.name(i), "link", "set", "lo", "up");
            }
            return made;
        } catch (IOException failure) {
            made.close();
            throw failure;
        }
    }

    private String name(int index) {
        return prefix + "-" + index;
    }

    private String port(int index) {
        return prefix + "p" + index;
    }

    String address(int index) {
        return subnet + (11 + index);
    }

    /** What a command begins with to run in there. */
    List<String> command(int index) {
        return List.of("ip", "netns", "exec", name(index));
    }

    /** Cuts one off from everybody. */
    void cut(int index) throws IOException {
        ip("link", "set", port(index), "down");
    }

    /** What one sends another is lost; the other way goes on. */
    void cutOneWay(int from, int to) throws IOException {
        ip("-n", name(from), "route", "add", "blackhole", address(to));
    }

    /** Undoes all cuts. */
    void heal() throws IOException {
        for (int i = 0; i < count; i++) {
            ip("link", "set", port(i), "up");
            for (int j = 0; j < count; j++) {
                run("-n", name(i), "route", "del", "blackhole", address(j));
            }
        }
    }

    private static void ip(String... arguments) throws IOException {
        String said = run(arguments);
        if (said != null) {
            throw new IOException("ip " + String.join(" ", arguments) + ": " + said);
        }
    }

    /** What it said if it failed, else null. */
    private static @org.jspecify.annotations.Nullable String run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            return process.waitFor() == 0 ? null : said;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < count; i++) {
            run("netns", "del", name(i));
            run("link", "del", port(i));
        }
        run("link", "del", prefix);
    }
}
