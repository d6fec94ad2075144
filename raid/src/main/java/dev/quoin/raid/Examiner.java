package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.Examination.FoundArray;
import dev.quoin.raid.Examination.Start;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks at devices and tells what they are. Blocking; writes nothing. */
final class Examiner {

    /** What is looked at, at each end of a device without a superblock, to see whether it holds something. */
    private static final int ENDS = 1 << 20;

    private final List<BlockDevice> devices;
    private final List<BlockDevice> others;
    private final Map<BlockDevice, Superblock> found = new LinkedHashMap<>();
    private final Map<BlockDevice, Finding> findings = new LinkedHashMap<>();

    Examiner(List<BlockDevice> devices, List<BlockDevice> others) {
        this.devices = List.copyOf(devices);
        this.others = List.copyOf(others);
    }

    Examination examine() {
        Map<UUID, List<BlockDevice>> arrays = new LinkedHashMap<>();
        for (BlockDevice device : devices) {
            SuperblockStore.Found store = SuperblockStore.read(device);
            Superblock superblock = store.superblock();
            if (superblock == null) {
                findings.put(device, stranger(device, store.damage()));
            } else {
                found.put(device, superblock);
                arrays.computeIfAbsent(superblock.array(), uuid -> new ArrayList<>())
                        .add(device);
            }
        }
        List<FoundArray> all = new ArrayList<>();
        arrays.values().forEach(group -> all.add(examine(group)));
        return new Examination(
                devices.stream().map(findings::get).map(Objects::requireNonNull).toList(), all);
    }

    private static Finding stranger(BlockDevice device, List<String> damage) {
        Optional<String> md = MdSuperblockStore.owner(device);
        if (md.isPresent()) {
            return stranger(device, Finding.Kind.FOREIGN, "is " + md.get());
        }
        if (!damage.isEmpty()) {
            return stranger(device, Finding.Kind.DAMAGED, String.join("; ", damage));
        }
        try {
            long size = device.geometry().size();
            int length = (int) Math.min(ENDS, size);
            boolean blank =
                    isZero(BlockIo.read(device, 0, length)) && isZero(BlockIo.read(device, size - length, length));
            return blank
                    ? stranger(device, Finding.Kind.BLANK, "is blank")
                    : stranger(device, Finding.Kind.FOREIGN, "holds something, and no superblock of an array");
        } catch (DeviceException unreadable) {
            return stranger(device, Finding.Kind.DAMAGED, "cannot be read: " + unreadable.getMessage());
        }
    }

    private static Finding stranger(BlockDevice device, Finding.Kind kind, String detail) {
        return new Finding(device, kind, detail, null, "", -1, 0, 0);
    }

    private static boolean isZero(ByteBuffer content) {
        while (content.remaining() >= Long.BYTES) {
            if (content.getLong() != 0) {
                return false;
            }
        }
        return true;
    }

    private FoundArray examine(List<BlockDevice> group) {
        var assembler = new Assembler(group, false, Delay.SYSTEM, Sabotage.NONE);
        Superblock newest = newest(group);
        try {
            Outlook outlook = assembler.look();
            List<String> lost = lostBeside(newest);
            tell(group, assembler.call(), newest);
            boolean complete = outlook.missing().isEmpty();
            if (!lost.isEmpty()) {
                return array(group, newest, Start.FORCED, "others hold writes that these do not", lost);
            }
            return complete
                    ? array(group, newest, Start.COMPLETE, "", List.of())
                    : array(group, newest, Start.DEGRADED, "without role " + outlook.missing(), List.of());
        } catch (DeviceException refused) {
            tell(group, assembler.call(), newest);
            return forced(group, newest, String.valueOf(refused.getMessage()));
        }
    }

    private FoundArray forced(List<BlockDevice> group, Superblock newest, String why) {
        try {
            List<String> loss = new ArrayList<>(new Assembler(group, true, Delay.SYSTEM, Sabotage.NONE)
                    .look()
                    .loss());
            loss.addAll(lostBeside(newest));
            return array(group, newest, Start.FORCED, why, loss);
        } catch (DeviceException refused) {
            return array(group, newest, Start.REFUSED, why, List.of());
        }
    }

    private static FoundArray array(
            List<BlockDevice> group, Superblock newest, Start start, String why, List<String> loss) {
        int roles = newest.isSpare() ? 0 : newest.roles().size();
        return new FoundArray(newest.name(), newest.array(), newest.level(), roles, group, start, why, loss);
    }

    /** What is on devices that are not to be used, and would be lost. */
    private List<String> lostBeside(Superblock best) {
        List<String> lost = new ArrayList<>();
        for (BlockDevice device : others) {
            Superblock superblock = SuperblockStore.read(device).superblock();
            if (superblock == null
                    || superblock.isSpare()
                    || !superblock.array().equals(best.array())) {
                continue;
            }
            if (superblock.events() > best.events()) {
                lost.add(device.name() + " (role " + superblock.role() + "), which is not to be used, is newer: events "
                        + superblock.events() + " there, " + best.events()
                        + " on these. What was written since these were used last is lost.");
            } else if (RollCall.isOtherHalf(best, superblock)) {
                lost.add(device.name() + " (role " + superblock.role()
                        + "), which is not to be used, was used apart from" + " these: events " + superblock.events()
                        + ". What was written to it then is lost.");
            }
        }
        return lost;
    }

    /** The one with the most events; of a spare only if there is no other. */
    private Superblock newest(List<BlockDevice> group) {
        Superblock newest = null;
        for (BlockDevice device : group) {
            Superblock each = of(device);
            boolean better = newest == null
                    || (newest.isSpare() && !each.isSpare())
                    || (newest.isSpare() == each.isSpare() && each.events() > newest.events());
            newest = better ? each : newest;
        }
        return Objects.requireNonNull(newest);
    }

    private Superblock of(BlockDevice device) {
        return Objects.requireNonNull(found.get(device));
    }

    private void tell(List<BlockDevice> group, RollCall call, Superblock newest) {
        for (BlockDevice device : group) {
            Superblock superblock = of(device);
            RollCall.@Nullable Refusal refusal = call.refusal(device);
            findings.put(
                    device,
                    new Finding(
                            device,
                            refusal == null ? kind(superblock, newest) : refusal.kind(),
                            refusal == null ? detail(superblock, newest) : refusal.why(),
                            superblock.array(),
                            superblock.name(),
                            superblock.isSpare() ? -1 : superblock.role(),
                            superblock.events(),
                            newest.events()));
        }
    }

    private static Finding.Kind kind(Superblock superblock, Superblock newest) {
        if (!superblock.isSpare()) {
            return Finding.Kind.MEMBER;
        }
        return newest.isSpare() || newest.spares().contains(superblock.member())
                ? Finding.Kind.SPARE
                : Finding.Kind.FORMER;
    }

    private static String detail(Superblock superblock, Superblock newest) {
        return switch (kind(superblock, newest)) {
            case SPARE -> "is a spare";
            case FORMER -> "is a spare that the members do not list: add it again";
            default -> {
                int role = superblock.role();
                boolean rebuilding =
                        role < newest.roles().size() && newest.roles().get(role).state() == RoleState.REBUILDING;
                yield "is member " + role + (rebuilding ? ", which is being rebuilt" : "");
            }
        };
    }
}
