package dev.quoin.tools.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quoin.tools.config.ByteSize;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * How things of one type are printed, as a table and as JSON: one column is one name in both.
 *
 * <p>Immutable.
 *
 * @param <T> what is listed
 */
public final class Listing<T> {

    private static final String GAP = "  ";

    private record Column<T>(
            String title,
            String key,
            boolean right,
            Predicate<List<T>> inTable,
            Function<T, String> cell,
            Function<T, JsonNode> value) {}

    private final String kind;
    private final List<Column<T>> columns;

    private Listing(String kind, List<Column<T>> columns) {
        this.kind = kind;
        this.columns = List.copyOf(columns);
    }

    /** A listing without columns of things of this kind, such as {@code Volume}. */
    public static <T> Listing<T> of(String kind) {
        return new Listing<>(kind, List.of());
    }

    /** Adds a column of text; an empty text is shown as a dash and is null in JSON. */
    public Listing<T> text(String title, String key, Function<T, String> text) {
        return with(new Column<>(
                title, key, false, items -> true, item -> dash(text.apply(item)), item -> textNode(text.apply(item))));
    }

    /** Adds a column of text that many things lack: it is in a table only if one of those listed has it. */
    public Listing<T> rareText(String title, String key, Function<T, String> text) {
        return with(new Column<>(
                title,
                key,
                false,
                items -> items.stream().anyMatch(item -> !text.apply(item).isEmpty()),
                item -> dash(text.apply(item)),
                item -> textNode(text.apply(item))));
    }

    /** Adds a column of whole numbers. */
    public Listing<T> number(String title, String key, ToLongFunction<T> number) {
        return number(title, key, item -> true, number);
    }

    /** Adds a column of whole numbers that some items lack: a dash, and null in JSON. */
    public Listing<T> number(String title, String key, Predicate<T> has, ToLongFunction<T> number) {
        return with(new Column<>(
                title,
                key,
                true,
                items -> true,
                item -> has.test(item) ? Long.toString(number.applyAsLong(item)) : "-",
                item -> has.test(item) ? LongNode.valueOf(number.applyAsLong(item)) : NullNode.getInstance()));
    }

    /** Adds a column of sizes: binary units in the table, bytes in JSON. */
    public Listing<T> size(String title, String key, ToLongFunction<T> bytes) {
        return size(title, key, item -> true, bytes);
    }

    /** Adds a column of sizes that some items lack: a dash, and null in JSON. */
    public Listing<T> size(String title, String key, Predicate<T> has, ToLongFunction<T> bytes) {
        return with(new Column<>(
                title,
                key,
                true,
                items -> true,
                item -> has.test(item) ? ByteSize.format(bytes.applyAsLong(item)) : "-",
                item -> has.test(item) ? LongNode.valueOf(bytes.applyAsLong(item)) : NullNode.getInstance()));
    }

    /** Adds a column of moments, given in milliseconds since 1970: RFC 3339 in UTC, to the second in the table. */
    public Listing<T> time(String title, String key, ToLongFunction<T> millis) {
        return with(new Column<>(
                title,
                key,
                false,
                items -> true,
                item -> Instant.ofEpochMilli(millis.applyAsLong(item))
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString(),
                item -> TextNode.valueOf(
                        Instant.ofEpochMilli(millis.applyAsLong(item)).toString())));
    }

    /** Adds a column of truth: a mark in the table where it holds. */
    public Listing<T> flag(String title, String key, Predicate<T> flag) {
        return with(new Column<>(
                title,
                key,
                false,
                items -> true,
                item -> flag.test(item) ? "yes" : "-",
                item -> BooleanNode.valueOf(flag.test(item))));
    }

    /** Adds a column whose form in the table is {@code cell} and that is a list of words in JSON. */
    public Listing<T> words(String title, String key, Function<T, List<String>> words, Function<T, String> cell) {
        return with(new Column<>(
                title, key, false, items -> true, item -> dash(cell.apply(item)), item -> texts(words.apply(item))));
    }

    /** Adds a list of parts: counted or summed up in the table by {@code cell}, in full in JSON. */
    public <P> Listing<T> parts(
            String title, String key, Listing<P> form, Function<T, List<P>> parts, Function<T, String> cell) {
        return with(new Column<>(title, key, false, items -> true, cell, item -> form.array(parts.apply(item))));
    }

    /** Adds a value that is in JSON only. */
    public Listing<T> hidden(String key, Function<T, String> text) {
        return with(new Column<>("", key, false, items -> false, item -> "", item -> textNode(text.apply(item))));
    }

    /** Adds a list of words that is in JSON only. */
    public Listing<T> hiddenWords(String key, Function<T, List<String>> words) {
        return with(new Column<>("", key, false, items -> false, item -> "", item -> texts(words.apply(item))));
    }

    private static ArrayNode texts(List<String> words) {
        ArrayNode all = Json.object().arrayNode();
        words.forEach(all::add);
        return all;
    }

    private Listing<T> with(Column<T> column) {
        var more = new ArrayList<>(columns);
        more.add(column);
        return new Listing<>(kind, more);
    }

    private List<Column<T>> shown(List<T> items) {
        return columns.stream().filter(column -> column.inTable().test(items)).toList();
    }

    /** The things as a table with a line of titles; each line ends with a newline. */
    public String table(List<T> items) {
        var rows = new ArrayList<List<String>>();
        List<Column<T>> shown = shown(items);
        rows.add(shown.stream().map(Column::title).toList());
        for (T item : items) {
            rows.add(shown.stream().map(column -> column.cell().apply(item)).toList());
        }
        int[] widths = new int[shown.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        var text = new StringBuilder();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String space = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? "" : GAP);
                line.append(shown.get(i).right() ? space + row.get(i) : row.get(i) + space);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** One thing as lines of {@code title: value}. */
    public String detail(T item) {
        List<Column<T>> shown = shown(List.of(item));
        int width =
                shown.stream().mapToInt(column -> column.title().length()).max().orElse(0) + 1;
        var text = new StringBuilder();
        for (Column<T> column : shown) {
            String title = column.title().toLowerCase(Locale.ROOT) + ":";
            text.append(title)
                    .append(" ".repeat(width - title.length()))
                    .append(GAP)
                    .append(column.cell().apply(item))
                    .append('\n');
        }
        return text.toString();
    }

    /** The things as a JSON document of kind {@code <Kind>List}. */
    public ObjectNode document(List<T> items) {
        ObjectNode root = Json.document(kind + "List");
        root.set("items", array(items));
        return root;
    }

    /** One thing as a JSON document. */
    public ObjectNode document(T item) {
        ObjectNode root = Json.document(kind);
        root.setAll(object(item));
        return root;
    }

    /** The things as a JSON array. */
    public ArrayNode array(List<T> items) {
        ArrayNode all = Json.object().arrayNode();
        items.forEach(item -> all.add(object(item)));
        return all;
    }

    /** One thing as a JSON object without version and kind. */
    public ObjectNode object(T item) {
        ObjectNode object = Json.object();
        for (Column<T> column : columns) {
            object.set(column.key(), column.value().apply(item));
        }
        return object;
    }

    /** Prints the things in the form asked for. */
    public void print(Terminal terminal, OutputFormat format, List<T> items) {
        switch (format) {
            case TABLE -> terminal.out().print(table(items));
            case JSON -> terminal.out().println(Json.pretty(document(items)));
        }
    }

    private static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static JsonNode textNode(String text) {
        return text.isEmpty() ? NullNode.getInstance() : TextNode.valueOf(text);
    }
}
