package dev.quoin.tools.command;

import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.Nearest;
import dev.quoin.tools.config.TimeSpan;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.FaultPrinter;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The whole command line: parses, runs, and turns whatever happens into output and an exit status. */
public final class Parser {

    private Parser() {}

    /** Runs a command line; returns its exit status. Blocking. */
    public static int run(Terminal terminal, String... arguments) {
        CommandLine line = commandLine(terminal);
        int status = line.execute(arguments);
        terminal.out().flush();
        terminal.err().flush();
        return status;
    }

    /** The commands with their converters and error handling, for tests and for generated documentation. */
    static CommandLine commandLine(Terminal terminal) {
        CommandLine line = new CommandLine(new QuoinCommand(terminal));
        line.setOut(new PrintWriter(terminal.out(), true, terminal.out().charset()));
        line.setErr(new PrintWriter(terminal.err(), true, terminal.err().charset()));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        // A file may be called @name; nothing is read from it.
        line.setExpandAtFiles(false);
        line.registerConverter(ByteSize.class, converter(ByteSize::parse));
        line.registerConverter(HostPort.class, converter(HostPort::parse));
        line.registerConverter(Duration.class, converter(TimeSpan::parse));
        line.setParameterExceptionHandler((wrong, arguments) -> end(terminal, format(arguments), explain(wrong)));
        line.setExecutionExceptionHandler((failure, command, parsed) ->
                end(terminal, format(parsed.originalArgs().toArray(String[]::new)), explain(terminal, failure)));
        examplesFirst(line);
        return line;
    }

    private static <T> ITypeConverter<T> converter(Function<String, T> reader) {
        return text -> {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException invalid) {
                throw new TypeConversionException(invalid.getMessage());
            }
        };
    }

    /** Puts the footers, which hold the examples, before all else. */
    private static void examplesFirst(CommandLine line) {
        var keys = new ArrayList<>(List.of(
                UsageMessageSpec.SECTION_KEY_FOOTER_HEADING,
                UsageMessageSpec.SECTION_KEY_FOOTER,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                UsageMessageSpec.SECTION_KEY_DESCRIPTION_HEADING,
                UsageMessageSpec.SECTION_KEY_DESCRIPTION));
        line.getHelpSectionKeys().stream().filter(key -> !keys.contains(key)).forEach(keys::add);
        line.setHelpSectionKeys(keys);
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        usage.footerHeading("Examples:%n");
        usage.synopsisHeading("%nUsage: ");
        usage.descriptionHeading("%n");
        usage.parameterListHeading("%n");
        usage.optionListHeading("%nOptions:%n");
        usage.commandListHeading("%nCommands:%n");
        usage.width(120);
        line.getSubcommands().values().forEach(Parser::examplesFirst);
    }

    private static int end(Terminal terminal, OutputFormat format, Fault fault) {
        FaultPrinter.print(terminal, format, fault);
        return fault.code().number();
    }

    private static Fault explain(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName(" ");
        String next = name + " --help";
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String found = unmatched.getUnmatched().getFirst();
            List<String> known = found.startsWith("-")
                    ? List.copyOf(command.getCommandSpec().optionsMap().keySet())
                    : List.copyOf(command.getSubcommands().keySet());
            next = Nearest.to(found, known)
                    .map(word -> "did you mean '" + word + "'? See " + name + " --help")
                    .orElse(next);
        }
        return new Fault(ExitCode.USAGE, name, String.valueOf(wrong.getMessage()), next, wrong);
    }

    private static Fault explain(Terminal terminal, Exception failure) {
        if (failure instanceof Fault fault) {
            return fault;
        }
        failure.printStackTrace(terminal.err());
        return new Fault(
                ExitCode.BUG,
                "quoin",
                "a mistake in quoin itself: " + failure,
                "report it with the lines above and the node's log",
                failure);
    }

    /** The format asked for, found without parsing: the line may be wrong. */
    private static OutputFormat format(String... arguments) {
        List<String> words = Arrays.asList(arguments);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            boolean apart = word.equals("-o") || word.equals("--output");
            String value = apart ? (i + 1 < words.size() ? words.get(i + 1) : "") : joined(word);
            if (value.equalsIgnoreCase("json")) {
                return OutputFormat.JSON;
            }
        }
        return OutputFormat.TABLE;
    }

    /** The value of {@code -oVALUE}, {@code -o=VALUE} or {@code --output=VALUE}, empty for other words. */
    private static String joined(String word) {
        for (String option : List.of("--output=", "-o=", "-o")) {
            if (word.startsWith(option)) {
                return word.substring(option.length());
            }
        }
        return "";
    }
}
