package dev.quoin.dlm.server;

import java.io.IOException;

/** Signals to other processes. */
final class Signals {

    private Signals() {}

    static void send(String name, Process process) throws IOException {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IOException("kill -" + name + " " + process.pid() + " ended with " + status);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }
}
