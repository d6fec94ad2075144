package dev.quoin.iscsi;

import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.TargetPort;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A target of a server.
 *
 * @param name the iSCSI name, {@code iqn.}, {@code eui.} or {@code naa.}, in lower case, at most 223 bytes
 * @param number tells its ports from those of the other targets of the server, 0 to 255; it must stay the same as long as
 *     registrations that name it may be kept: see {@link TargetPort}
 * @param portalGroups the tags of the portal groups through which it can be reached; all if there are none
 * @param units the logical units; they can be changed later
 * @param access who may see and use it
 * @param chap who has to prove itself with CHAP, and how the target does
 * @param powerOnAttention whether the first command of each session to each unit ends with a unit attention, as SAM-5 5.14 asks
 *     for; some simple initiators cannot do with it
 * @param sessionsMax how many sessions there may be
 * @param commandWindow how many commands of a session may be open, 1 to 1,024
 */
public record TargetDefinition(
        String name,
        int number,
        Set<Integer> portalGroups,
        List<LogicalUnit> units,
        AccessList access,
        ChapAccess chap,
        boolean powerOnAttention,
        int sessionsMax,
        int commandWindow) {

    /** The default of {@link #sessionsMax()}. */
    public static final int SESSIONS_MAX = 256;

    /** The default of {@link #commandWindow()}. */
    public static final int COMMAND_WINDOW = 128;

    private static final int NAME_BYTES_MAX = 223;

    public TargetDefinition {
        checkName(name);
        TargetPort.of(name, number, 1);
        portalGroups.forEach(TargetPort::checkGroup);
        portalGroups = Set.copyOf(portalGroups);
        units = List.copyOf(units);
        if (commandWindow < 1 || commandWindow > 1024) {
            throw new IllegalArgumentException("command window " + commandWindow + " found, 1 to 1024 expected");
        }
    }

    /** A target with the default limits, which everybody may use through every portal. */
    public static TargetDefinition of(String name, int number, List<LogicalUnit> units) {
        return new TargetDefinition(
                name,
                number,
                Set.of(),
                units,
                AccessList.EVERYBODY,
                ChapAccess.OPEN,
                true,
                SESSIONS_MAX,
                COMMAND_WINDOW);
    }

    /** Gives an iSCSI name of a target back if it is one (RFC 7143 4.2.7). */
    public static String checkName(String name) {
        if (!name.matches("(iqn|eui|naa)\\.[a-z0-9.:-]+") || name.length() > NAME_BYTES_MAX) {
            throw new IllegalArgumentException("target name '" + name
                    + "' found, a name like iqn.2026-11.org.example:disks of lower-case letters, digits, '.', '-' and ':'"
                    + " and at most " + NAME_BYTES_MAX + " bytes expected");
        }
        return name;
    }

    /** The same for these initiators. */
    public TargetDefinition withAccess(AccessList list) {
        return with(draft -> draft.access = list);
    }

    /** The same for those only who prove who they are. */
    public TargetDefinition withChap(ChapAccess users) {
        return with(draft -> draft.chap = users);
    }

    /** The same, to be reached through these portal groups only; through all if there are none. */
    public TargetDefinition withPortalGroups(Set<Integer> tags) {
        return with(draft -> draft.portalGroups = tags);
    }

    /** The same without unit attentions for new sessions. */
    public TargetDefinition withoutPowerOnAttention() {
        return with(draft -> draft.powerOnAttention = false);
    }

    private TargetDefinition with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new TargetDefinition(
                name,
                number,
                draft.portalGroups,
                units,
                draft.access,
                draft.chap,
                draft.powerOnAttention,
                sessionsMax,
                commandWindow);
    }

    /** What the methods above change. */
    private static final class Draft {
        private Set<Integer> portalGroups;
        private AccessList access;
        private ChapAccess chap;
        private boolean powerOnAttention;

        Draft(TargetDefinition from) {
            portalGroups = from.portalGroups;
            access = from.access;
            chap = from.chap;
            powerOnAttention = from.powerOnAttention;
        }
    }
}
