package dev.quoin.tools.output;

import dev.quoin.tools.fault.Fault;

/** Prints why a command failed, on standard error. */
public final class FaultPrinter {

    private FaultPrinter() {}

    /** Two lines for people, or one of JSON. */
    public static void print(Terminal terminal, OutputFormat format, Fault fault) {
        switch (format) {
            case TABLE -> {
                terminal.err().println("quoin: " + fault.object() + ": " + fault.message());
                terminal.err().println("  next: " + fault.next());
            }
            case JSON -> terminal.err().println(Json.fault(fault));
        }
    }
}
