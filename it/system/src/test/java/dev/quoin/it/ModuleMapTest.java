package dev.quoin.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Proves that the modules use each other only as the map in docs/ARCHITECTURE.md says, and that each third party stays where it
 * is wrapped. A new edge is a decision: change the map here and there in the same commit.
 */
class ModuleMapTest {

    /** Package prefix of each module, and the modules that it may use. The longest prefix wins. */
    private static final Map<String, Set<String>> MAP = new LinkedHashMap<>();

    static {
        MAP.put("dev.quoin.property", Set.of());
        MAP.put("dev.quoin.metrics", Set.of());
        MAP.put("dev.quoin.device", Set.of());
        MAP.put("dev.quoin.raid", Set.of("dev.quoin.device"));
        MAP.put("dev.quoin.dlm.api", Set.of());
        MAP.put("dev.quoin.dlm.proto", Set.of());
        MAP.put("dev.quoin.dlm.security", Set.of());
        MAP.put("dev.quoin.dlm.client", Set.of("dev.quoin.dlm.api", "dev.quoin.dlm.proto", "dev.quoin.dlm.security"));
        MAP.put("dev.quoin.dlm.core", Set.of("dev.quoin.dlm.api"));
        MAP.put("dev.quoin.dlm.wire", Set.of("dev.quoin.dlm.api", "dev.quoin.dlm.proto", "dev.quoin.dlm.core"));
        MAP.put("dev.quoin.dlm.raft", Set.of("dev.quoin.dlm.proto", "dev.quoin.dlm.security"));
        MAP.put("dev.quoin.dlm.store", Set.of("dev.quoin.dlm.core", "dev.quoin.dlm.raft"));
        MAP.put("dev.quoin.dlm.fence", Set.of("dev.quoin.dlm.api"));
        MAP.put(
                "dev.quoin.dlm.server",
                Set.of(
                        "dev.quoin.dlm.api",
                        "dev.quoin.dlm.fence",
                        "dev.quoin.dlm.proto",
                        "dev.quoin.dlm.core",
                        "dev.quoin.dlm.wire",
                        "dev.quoin.dlm.raft",
                        "dev.quoin.dlm.store",
                        "dev.quoin.dlm.client",
                        "dev.quoin.dlm.security",
                        "dev.quoin.metrics"));
        MAP.put("dev.quoin.blockstore", Set.of("dev.quoin.device", "dev.quoin.dlm.api"));
        MAP.put("dev.quoin.iscsi", Set.of("dev.quoin.device"));
        MAP.put("dev.quoin.clusterfs", Set.of("dev.quoin.device", "dev.quoin.dlm.api"));
        MAP.put("dev.quoin.admin.proto", Set.of());
        MAP.put(
                "dev.quoin.tools",
                Set.of(
                        "dev.quoin.device",
                        "dev.quoin.metrics",
                        "dev.quoin.raid",
                        "dev.quoin.dlm.api",
                        "dev.quoin.dlm.client",
                        "dev.quoin.dlm.fence",
                        "dev.quoin.dlm.raft",
                        "dev.quoin.dlm.security",
                        "dev.quoin.dlm.server",
                        "dev.quoin.blockstore",
                        "dev.quoin.iscsi",
                        "dev.quoin.clusterfs",
                        "dev.quoin.admin.proto"));
    }

    /** Third-party package prefix, and the packages of ours that may name it. */
    private static final Map<String, Set<String>> WRAPPED = Map.of(
            "org.rocksdb", Set.of("dev.quoin.dlm.store"),
            "org.apache.ratis", Set.of("dev.quoin.dlm.raft"),
            "io.grpc",
                    Set.of(
                            "dev.quoin.dlm.client",
                            "dev.quoin.dlm.server",
                            "dev.quoin.dlm.proto",
                            "dev.quoin.admin.proto",
                            "dev.quoin.tools"),
            "com.google.protobuf",
                    Set.of(
                            "dev.quoin.dlm.client",
                            "dev.quoin.dlm.server",
                            "dev.quoin.dlm.raft",
                            "dev.quoin.dlm.wire",
                            "dev.quoin.dlm.proto",
                            "dev.quoin.admin.proto",
                            "dev.quoin.tools"),
            "picocli", Set.of("dev.quoin.tools"),
            "io.prometheus", Set.of("dev.quoin.tools"),
            "com.fasterxml.jackson", Set.of("dev.quoin.tools"),
            "org.jscsi", Set.of());

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.quoin");
    }

    @Test
    void modules_useEachOther_onlyAsTheMapSays() {
        Set<String> strays = new TreeSet<>();
        for (JavaClass from : classes) {
            String module = moduleOf(from.getPackageName());
            if (module == null) {
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                String used = moduleOf(dependency.getTargetClass().getPackageName());
                if (used != null
                        && !used.equals(module)
                        && !MAP.getOrDefault(module, Set.of()).contains(used)) {
                    strays.add(from.getName() + " uses "
                            + dependency.getTargetClass().getName());
                }
            }
        }

        assertThat(strays).isEmpty();
    }

    @Test
    void thirdParties_areNamed_onlyWhereTheyAreWrapped() {
        Set<String> strays = new TreeSet<>();
        for (JavaClass from : classes) {
            if (moduleOf(from.getPackageName()) == null) {
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                String used = dependency.getTargetClass().getPackageName();
                WRAPPED.forEach((prefix, homes) -> {
                    if (isUnder(used, prefix)
                            && homes.stream().noneMatch(home -> isUnder(from.getPackageName(), home))) {
                        strays.add(from.getName() + " uses "
                                + dependency.getTargetClass().getName());
                    }
                });
            }
        }

        assertThat(strays).isEmpty();
    }

    @Test
    void everyProductClass_belongsToAModuleOfTheMap() {
        assertThat(classes.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> moduleOf(name) == null)
                        .distinct())
                .isEmpty();
    }

    @Test
    void map_eachModule_hasClasses() {
        assertThat(MAP.keySet())
                .allSatisfy(module -> assertThat(
                                classes.stream().anyMatch(type -> module.equals(moduleOf(type.getPackageName()))))
                        .as("classes under %s", module)
                        .isTrue());
    }

    private static @Nullable String moduleOf(String packageName) {
        String best = null;
        for (String prefix : MAP.keySet()) {
            if (isUnder(packageName, prefix) && (best == null || prefix.length() > best.length())) {
                best = prefix;
            }
        }
        return best;
    }

    private static boolean isUnder(String packageName, String prefix) {
        return packageName.equals(prefix) || packageName.startsWith(prefix + ".");
    }
}
