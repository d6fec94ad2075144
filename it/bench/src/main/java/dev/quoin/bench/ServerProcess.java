package dev.quoin.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, which ends with this object. Its output goes to a file. Used by one thread. */
public final class ServerProcess implements AutoCloseable {

    /** System property: the flags of a node's JVM, as the launcher has them. */
    private static final String JVM_PROPERTY = "quoin.bench.jvm";

    private static final String JVM_DEFAULT = "--enable-native-access=ALL-UNNAMED";

    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration STOP_MAX = Duration.ofSeconds(10);
    private static final int POLL_MILLIS = 50;
    private static final int LOG_TAIL = 2_000;

    private final String name;
    private final Process process;
    private final Path log;

    /** Ends the server when this process is interrupted: a server that is not ours would outlive it. */
    private final Thread atExit;

    /**
     * Starts a server.
     *
     * @param environment to be added to that of this process
     */
    public ServerProcess(String name, Path directory, Map<String, String> environment, List<String> command)
            throws BenchException {
        this.name = name;
        this.log = directory.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(ProcessBuilder.Redirect.PIPE);
        builder.environment().putAll(environment);
        try {
            this.process = builder.start();
        } catch (IOException failure) {
            throw new BenchException("cannot start " + name + ": " + failure.getMessage(), failure);
        }
        this.atExit = new Thread(process::destroyForcibly, "bench-exit-" + name);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts a main class of the bench in a JVM with the class path of this one. Its standard input ends with this process. */
    public static ServerProcess java(String name, Path directory, Class<?> main, String... arguments)
            throws BenchException {
        return java(name, directory, System.getProperty("java.class.path"), main.getName(), arguments);
    }

    /** Starts a main class in a JVM with the flags that a Quoin node has when it is started as users start it. */
    public static ServerProcess java(String name, Path directory, String classPath, String main, String... arguments)
            throws BenchException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(List.of(System.getProperty(JVM_PROPERTY, JVM_DEFAULT).split(" ")));
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return new ServerProcess(name, directory, Map.of(), command);
    }

    /** A TCP port of the loopback interface that was free a moment ago. */
    public static int freePort() throws BenchException {
        return freePorts(1).getFirst();
    }

    /** Different TCP ports of the loopback interface that were free a moment ago. */
    public static List<Integer> freePorts(int count) throws BenchException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket();
                sockets.add(socket);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ports.add(socket.getLocalPort());
            }
            return ports;
        } catch (IOException failure) {
            throw new BenchException("no free port: " + failure.getMessage(), failure);
        } finally {
            sockets.forEach(ServerProcess::closeSocket);
        }
    }

    private static void closeSocket(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Waits until the server takes connections. */
    public void awaitPort(int port) throws BenchException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (System.nanoTime() - deadline < 0) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), POLL_MILLIS);
                return;
            } catch (IOException notYet) {
                requireAlive();
            }
        }
        throw new BenchException(
                name + " took no connection on port " + port + " within " + READY_MAX.toSeconds() + " s: " + tail());
    }

    /** Waits until the server has printed {@code text}. */
    public void awaitOutput(String text) throws BenchException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (System.nanoTime() - deadline < 0) {
            if (output().contains(text)) {
                return;
            }
            requireAlive();
        }
        throw new BenchException(
                name + " did not say '" + text + "' within " + READY_MAX.toSeconds() + " s: " + tail());
    }

    /** Writes a line to the standard input of the server. */
    public void tell(String line) throws BenchException {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException failure) {
            throw new BenchException(name + " does not listen: " + tail(), failure);
        }
    }

    /** Waits until the server has printed a match of {@code pattern}, and gives the first group of it. */
    public String await(Pattern pattern) throws BenchException {
        long deadline = System.nanoTime() + READY_MAX.toNanos();
        while (System.nanoTime() - deadline < 0) {
            Matcher matcher = pattern.matcher(output());
            if (matcher.find()) {
                return matcher.group(1);
            }
            requireAlive();
        }
        throw new BenchException(
                name + " did not say " + pattern + " within " + READY_MAX.toSeconds() + " s: " + tail());
    }

    /** Ends the server at once, as kill -9 does. */
    public void kill() throws BenchException {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        }
    }

    /** The CPU time that the process has used so far. */
    public Duration cpu() throws BenchException {
        return process.toHandle()
                .info()
                .totalCpuDuration()
                .orElseThrow(() -> new BenchException("the system does not say how much CPU " + name + " has used"));
    }

    /** Ends the server: politely, then not. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.destroy();
            if (!process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException | InterruptedException stopNow) {
            process.destroyForcibly();
            if (stopNow instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            // The hook runs already and finds nothing left to do.
            return;
        }
    }

    /** Lets a little time pass; fails if the server has ended. */
    private void requireAlive() throws BenchException {
        try {
            if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new BenchException(name + " ended with status " + process.exitValue() + ": " + tail());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        }
    }

    private String tail() {
        String all = output().strip();
        return all.substring(Math.max(0, all.length() - LOG_TAIL));
    }

    private String output() {
        try {
            return Files.readString(log);
        } catch (IOException unreadable) {
            return "(its output cannot be read: " + unreadable.getMessage() + ")";
        }
    }
}
