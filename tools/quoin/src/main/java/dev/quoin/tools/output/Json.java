package dev.quoin.tools.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;

/** The JSON that programs read. Names are never taken away or changed within one {@code apiVersion}; new ones may come. */
public final class Json {

    /** The version of all that is printed. */
    public static final String API_VERSION = "quoin/v1";

    private static final ObjectMapper MAPPER = JsonMapper.builder().build();
    private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();

    private Json() {}

    /** An object that begins with the version and its kind. */
    public static ObjectNode document(String kind) {
        return MAPPER.createObjectNode().put("apiVersion", API_VERSION).put("kind", kind);
    }

    /** An object without anything in it. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Reads a text.
     *
     * @throws IOException if it is not JSON
     */
    public static JsonNode read(String text) throws IOException {
        return MAPPER.readTree(text);
    }

    /** Over several lines. */
    public static String pretty(Object tree) {
        return write(PRETTY, tree);
    }

    /** In one line. */
    public static String line(Object tree) {
        return write(MAPPER.writer(), tree);
    }

    /** A fault in one line: {@code {"error":{"code","message","object","next"}}}. */
    public static String fault(Fault fault) {
        ObjectNode root = MAPPER.createObjectNode();
        root.putObject("error")
                .put("code", fault.code().name())
                .put("message", fault.message())
                .put("object", fault.object())
                .put("next", fault.next());
        return line(root);
    }

    private static String write(ObjectWriter writer, Object tree) {
        try {
            return writer.writeValueAsString(tree);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values could not be written as JSON", impossible);
        }
    }
}
