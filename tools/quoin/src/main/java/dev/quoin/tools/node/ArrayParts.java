package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.JournalPolicy;
import dev.quoin.raid.Level;
import dev.quoin.raid.RaidArray;
import dev.quoin.tools.config.ArrayConfig;
import dev.quoin.tools.fault.Fault;
import java.util.HashSet;
import java.util.Map;

/** What an array is to be made of. */
final class ArrayParts {

    private ArrayParts() {}

    /** Refuses devices that hold something, unless that may be lost. */
    static void requireBlank(String object, Map<String, BlockDevice> devices, boolean overwrite)
            throws Fault, DeviceException {
        if (overwrite) {
            return;
        }
        for (Map.Entry<String, BlockDevice> entry : devices.entrySet()) {
            if (!MemberDevices.isBlank(entry.getValue())) {
                throw Fault.conflict(
                        object,
                        "device " + entry.getKey() + " "
                                + RaidArray.owner(entry.getValue())
                                        .map(owner -> "is " + owner)
                                        .orElse("holds something")
                                + ", a blank one expected",
                        "name another device, or use --overwrite if what it holds may be lost");
            }
        }
    }

    /** The array that a configuration asks for. */
    static ArraySpec spec(ArrayConfig config) throws Fault {
        String object = "array " + config.name();
        Level level = Level.of(config.level())
                .orElseThrow(() -> Fault.usage(
                        object,
                        "level " + config.level() + " found, one of "
                                + java.util.Arrays.stream(Level.values())
                                        .map(Level::number)
                                        .toList() + " expected in this version",
                        "name another level"));
        int members = config.members().size();
        if (!level.allows(members)) {
            throw Fault.usage(
                    object,
                    members + " members found, " + level.allowed() + " expected for level " + level.number(),
                    "name more or fewer devices, or another level");
        }
        try {
            return new ArraySpec(
                    config.name(),
                    level,
                    Math.toIntExact(config.chunk().bytes()),
                    new HashSet<>(config.writeMostly()),
                    config.verifyReads(),
                    config.cutToSmallest(),
                    policy(config));
        } catch (IllegalArgumentException | ArithmeticException invalid) {
            throw Fault.usage(object, String.valueOf(invalid.getMessage()), "name another value");
        }
    }

    private static JournalPolicy policy(ArrayConfig config) throws Fault {
        return java.util.Arrays.stream(JournalPolicy.values())
                .filter(policy -> policy.word().equals(config.journal()))
                .findFirst()
                .orElseThrow(() -> Fault.usage(
                        "array " + config.name(),
                        "journal policy '" + config.journal() + "' found, full or headers expected",
                        "name one of these"));
    }
}
