package dev.quoin.tools.command;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Terminal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The question before a verb that can lose data: the name of the object has to be typed, or given in {@code --i-mean-it}, or {@code --yes} be given. */
public final class Confirmation {

    @Option(names = "--yes", description = "Do it without asking.")
    private boolean yes;

    @Option(
            names = "--i-mean-it",
            paramLabel = "NAME",
            description =
                    "Do it without asking if this is the name of what it is done to: safer in scripts than --yes.")
    private @Nullable String meant;

    /**
     * Asks, unless {@code --yes} was given. Blocking.
     *
     * @param object what it is done to, for messages, such as {@code volume disk1}
     * @param name what has to be typed
     * @param loss what will be lost, as a sentence
     * @throws Fault if the answer is another, or nobody is there to give one
     */
    public void require(Terminal terminal, String object, String name, String loss) throws Fault {
        if (meant != null && !meant.equals(name)) {
            throw Fault.usage(
                    object, "--i-mean-it=" + meant + " found, --i-mean-it=" + name + " expected", "name what is meant");
        }
        if (yes || meant != null) {
            return;
        }
        if (!terminal.interactive()) {
            throw Fault.usage(
                    object,
                    loss + " Nobody is here to confirm it",
                    "add --i-mean-it=" + name + " or --yes if that is what you want");
        }
        terminal.err().println(loss);
        String answer = answer(terminal, object, "Type the name '" + name + "' to go on: ");
        if (answer == null || !answer.strip().equals(name)) {
            throw new Fault(
                    ExitCode.FAILED,
                    object,
                    "'" + (answer == null ? "" : answer.strip()) + "' typed, '" + name
                            + "' expected; nothing was changed",
                    "run it again and type the name, or add --yes");
        }
    }

    private static @Nullable String answer(Terminal terminal, String object, String question) throws Fault {
        try {
            return terminal.ask(question);
        } catch (IOException unreadable) {
            throw Fault.failed(object, "the answer could not be read", "add --yes to do it without asking", unreadable);
        }
    }
}
