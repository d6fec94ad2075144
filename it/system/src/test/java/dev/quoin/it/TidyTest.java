package dev.quoin.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Proves that the tree keeps the habits that no compiler checks: small files, no leftovers, no dead links in the documents. */
class TidyTest {

    private static final int JAVA_LINES_MAX = 500;
    private static final Set<String> SKIPPED_DIRECTORIES = Set.of("target", ".git", ".quoin-build");
    private static final Set<String> BANNED_PACKAGES =
            Set.of("util", "utils", "common", "impl", "manager", "helper", "misc");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#|mailto:)([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern LEFTOVER = Pattern.compile("\\b(" + "TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b");

    private static Path root;
    private static List<Path> files;

    @BeforeAll
    static void listFiles() throws IOException {
        root = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("verify"))) {
            root = root.getParent();
        }
        files = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED_DIRECTORIES.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void javaFiles_areSmallEnoughToKnowOnesWayIn() throws IOException {
        Set<String> large = new TreeSet<>();
        for (Path file : named(".java")) {
            long lines;
            try (var stream = Files.lines(file)) {
                lines = stream.count();
            }
            if (lines > JAVA_LINES_MAX) {
                large.add(root.relativize(file) + ": " + lines + " lines");
            }
        }

        assertThat(large).isEmpty();
    }

    @Test
    void sources_holdNoLeftovers() throws IOException {
        Set<String> marks = new TreeSet<>();
        for (Path file : named(".java", ".proto", ".md", ".sh", "quoin", "verify", "bench")) {
            int number = 0;
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                number++;
                if (LEFTOVER.matcher(line).find() || line.contains("\t")) {
                    marks.add(root.relativize(file) + ":" + number + ": " + line.strip());
                }
            }
        }

        assertThat(marks).isEmpty();
    }

    @Test
    void packages_areNamedByFeature_andSayWhatTheyAre() {
        Set<String> wrong = new TreeSet<>();
        for (Path file : named(".java")) {
            Path directory = file.getParent();
            if (BANNED_PACKAGES.contains(directory.getFileName().toString())) {
                wrong.add(root.relativize(directory) + ": a name that says nothing");
            }
            if (directory.toString().contains("src/main/java")
                    && !Files.exists(directory.resolve("package-info.java"))) {
                wrong.add(root.relativize(directory) + ": no package-info.java");
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void documents_linkOnlyToWhatExists() throws IOException {
        Set<String> dead = new TreeSet<>();
        for (Path file : named(".md")) {
            Matcher link = LINK.matcher(Files.readString(file));
            while (link.find()) {
                if (!Files.exists(file.getParent().resolve(link.group(1)))) {
                    dead.add(root.relativize(file) + " -> " + link.group(1));
                }
            }
        }

        assertThat(dead).isEmpty();
    }

    private static List<Path> named(String... ends) {
        return files.stream()
                .filter(file -> {
                    String name = file.getFileName().toString();
                    for (String end : ends) {
                        if (end.startsWith(".") ? name.endsWith(end) : name.equals(end)) {
                            return true;
                        }
                    }
                    return false;
                })
                .toList();
    }
}
