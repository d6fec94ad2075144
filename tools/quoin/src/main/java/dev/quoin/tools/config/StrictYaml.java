package dev.quoin.tools.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Reads YAML into records. A key that no record knows is an error that names the nearest one; so are a key given twice and a
 * value of another type. Every error names the file, the line and the key.
 */
public final class StrictYaml {

    /** The largest file that is read, in bytes. */
    public static final int FILE_LENGTH_MAX = 1 << 20;

    private static final ObjectMapper MAPPER = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // A node may be called "no", and "off" is a word like any other: only true and false are neither.
                    .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .addModule(new SimpleModule()
                    .addDeserializer(ByteSize.class, new FromText<>(ByteSize.class, ByteSize::parse))
                    .addDeserializer(HostPort.class, new FromText<>(HostPort.class, HostPort::parse))
                    .addDeserializer(Duration.class, new FromText<>(Duration.class, TimeSpan::parse))
                    .addDeserializer(TlsConfig.class, new FromText<>(TlsConfig.class, TlsConfig::parse))
                    .addDeserializer(RaftTransport.class, new FromText<>(RaftTransport.class, RaftTransport::parse))
                    .addDeserializer(Path.class, new FromText<>(Path.class, Path::of)))
            .build();

    private StrictYaml() {}

    /**
     * Reads one document. Blocking.
     *
     * @throws Fault if the file cannot be read or is not as {@code type} wants it
     */
    public static <T> T read(Path file, Class<T> type) throws Fault {
        try {
            long length = Files.size(file);
            if (length > FILE_LENGTH_MAX) {
                throw Fault.usage(
                        "config " + file,
                        length + " bytes found, at most " + FILE_LENGTH_MAX + " expected",
                        "check that this is the configuration: quoin serve --example shows one");
            }
            return parse(file.toString(), Files.readString(file), type);
        } catch (NoSuchFileException missing) {
            throw new Fault(
                    ExitCode.NOT_FOUND,
                    "config " + file,
                    "no such file",
                    "write one: quoin serve --example > " + file,
                    missing);
        } catch (IOException unreadable) {
            throw Fault.failed(
                    "config " + file,
                    "cannot be read: " + unreadable.getMessage(),
                    "check the file's permissions and that it is UTF-8 text",
                    unreadable);
        }
    }

    /**
     * Reads one document from a text.
     *
     * @param name the name of the text, for messages
     * @throws Fault if the text is not as {@code type} wants it
     */
    public static <T> T parse(String name, String text, Class<T> type) throws Fault {
        try {
            // The parser looks ahead, so the lines that it names are near the mistake, not always on it.
            T value = text.isBlank() ? null : MAPPER.readValue(text, type);
            if (value == null) {
                throw Fault.usage(
                        "config " + name, "an empty file found, a configuration expected", "see quoin serve --example");
            }
            return value;
        } catch (UnrecognizedPropertyException unknown) {
            throw unknownKey(name, unknown);
        } catch (JsonProcessingException wrong) {
            throw new Fault(
                    ExitCode.USAGE,
                    place(name, wrong),
                    reason(wrong),
                    "correct it: quoin serve --example shows every key",
                    wrong);
        }
    }

    private static Fault unknownKey(String name, UnrecognizedPropertyException unknown) {
        Collection<Object> ids = unknown.getKnownPropertyIds();
        List<String> known = ids == null
                ? List.of()
                : ids.stream().map(String::valueOf).sorted().toList();
        String next = Nearest.to(unknown.getPropertyName(), known)
                .map(word -> "did you mean '" + word + "'?")
                .orElse("remove it, or use one of the keys known here");
        return new Fault(
                ExitCode.USAGE,
                place(name, unknown),
                "key '" + unknown.getPropertyName() + "' found, one of " + known + " expected",
                next,
                unknown);
    }

    private static String place(String name, JsonProcessingException wrong) {
        JsonLocation location = wrong.getLocation();
        String line = location == null || location.getLineNr() < 0 ? "" : " near line " + location.getLineNr();
        String key = wrong instanceof JsonMappingException mapping ? path(mapping) : "";
        return "config " + name + line + (key.isEmpty() ? "" : " key " + key);
    }

    private static String path(JsonMappingException mapping) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : mapping.getPath()) {
            if (step.getFieldName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        return path.toString();
    }

    private static String reason(JsonProcessingException wrong) {
        return switch (wrong) {
            case ValueInstantiationException invalid
            when invalid.getCause() != null -> String.valueOf(invalid.getCause().getMessage());
            case MismatchedInputException mismatch
            when mismatch.getTargetType() != null ->
                "a value of another kind found, "
                        + mismatch.getTargetType().getSimpleName().toLowerCase(Locale.ROOT)
                        + " expected (" + mismatch.getOriginalMessage() + ")";
            default -> String.valueOf(wrong.getOriginalMessage());
        };
    }

    /** Reads a value type from the text of a scalar. */
    private static final class FromText<T> extends StdScalarDeserializer<T> {

        private static final long serialVersionUID = 1L;

        private final transient Function<String, T> reader;

        FromText(Class<T> type, Function<String, T> reader) {
            super(type);
            this.reader = reader;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.currentToken().isScalarValue()) {
                throw JsonMappingException.from(parser, "a list or map found, one value expected");
            }
            try {
                return reader.apply(parser.getText());
            } catch (IllegalArgumentException invalid) {
                throw JsonMappingException.from(parser, invalid.getMessage(), invalid);
            }
        }
    }
}
