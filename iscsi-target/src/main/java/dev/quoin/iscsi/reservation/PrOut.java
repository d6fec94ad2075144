package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.scsi.ScsiCommand;
import dev.quoin.iscsi.scsi.SenseCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parameter list of PERSISTENT RESERVE OUT (SPC-4 6.16.3, 6.16.4).
 *
 * <pre>
 * byte 0-7    reservation key, 8-15 service action key
 * byte 20     bit 3 SPEC_I_PT, bit 2 ALL_TG_PT, bit 0 APTPL
 * byte 24-27  length of the TransportIDs that follow, if SPEC_I_PT
 *
 * REGISTER AND MOVE:
 * byte 17     bit 1 UNREG, bit 0 APTPL
 * byte 18-19  relative target port, 20-23 length of the TransportID that follows
 * </pre>
 */
public final class PrOut {

    /** Service actions. */
    public static final int REGISTER = 0;

    public static final int RESERVE = 1;
    public static final int RELEASE = 2;
    public static final int CLEAR = 3;
    public static final int PREEMPT = 4;
    public static final int PREEMPT_AND_ABORT = 5;
    public static final int REGISTER_AND_IGNORE = 6;
    public static final int REGISTER_AND_MOVE = 7;

    /** The length of a parameter list without TransportIDs. */
    public static final int LIST_LENGTH = 24;

    /** The longest parameter list that is taken. */
    public static final int LIST_LENGTH_MAX = 64 << 10;

    private static final int SPEC_I_PT = 0x08;
    private static final int ALL_TG_PT = 0x04;
    private static final int APTPL = 0x01;
    private static final int UNREG = 0x02;

    /** An order or why there is none. */
    public sealed interface Read {}

    /** What is asked for. */
    public record Ordered(PrOrder order) implements Read {}

    /** The sense to end with. */
    public record Wrong(SenseCode code) implements Read {}

    private PrOut() {}

    /**
     * Reads the list of a command whose service action, scope and type were checked by {@link #isKnown}.
     *
     * @param targetPort the relative identifier of the port that the command came through
     * @param ports those of all ports of the target
     */
    public static Read read(
            ScsiCommand.PersistentReserveOut command, ByteBuffer list, int targetPort, List<Integer> ports) {
        if (command.action() == REGISTER_AND_MOVE) {
            return move(list, ports);
        }
        if (list.limit() < LIST_LENGTH) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        boolean named = (list.get(20) & SPEC_I_PT) != 0;
        boolean registers = command.action() == REGISTER;
        if (!named && list.limit() != LIST_LENGTH) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        if (named && !registers) {
            return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        List<Nexus> others = named ? others(list, targetPort) : List.of();
        if (others == null) {
            return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        long key = list.getLong(0);
        long second = list.getLong(8);
        PrType type = PrType.of(command.type());
        if (type == null) {
            // Only looked at where a reservation is made; RELEASE compares it with what there is.
            type = PrType.WRITE_EXCLUSIVE;
        }
        return new Ordered(
                switch (command.action()) {
                    case REGISTER, REGISTER_AND_IGNORE ->
                        new PrOrder.Register(
                                key,
                                second,
                                !registers,
                                (list.get(20) & APTPL) != 0,
                                (list.get(20) & ALL_TG_PT) != 0 ? ports : List.of(),
                                others);
                    case RESERVE -> new PrOrder.Reserve(key, type);
                    case RELEASE -> new PrOrder.Release(key, PrType.of(command.type()));
                    case CLEAR -> new PrOrder.Clear(key);
                    default -> new PrOrder.Preempt(key, second, type, command.action() == PREEMPT_AND_ABORT);
                });
    }

    /** Whether the command block names a service action, and where it matters a scope and a type, that exist. */
    public static boolean isKnown(ScsiCommand.PersistentReserveOut command) {
        return switch (command.action()) {
            case REGISTER, REGISTER_AND_IGNORE, CLEAR, REGISTER_AND_MOVE -> true;
            case RESERVE, PREEMPT, PREEMPT_AND_ABORT -> command.scope() == 0 && PrType.of(command.type()) != null;
            case RELEASE -> command.scope() == 0;
            default -> false;
        };
    }

    private static @Nullable List<Nexus> others(ByteBuffer list, int targetPort) {
        if (list.limit() < LIST_LENGTH + 4) {
            return null;
        }
        int length = list.getInt(LIST_LENGTH);
        int at = LIST_LENGTH + 4;
        if (length < 0 || length > list.limit() - at) {
            return null;
        }
        int end = at + length;
        List<Nexus> others = new ArrayList<>();
        while (at < end) {
            Nexus.Parsed parsed = Nexus.parse(list, at, end, targetPort);
            if (parsed == null || others.size() == PrState.REGISTRANTS_MAX) {
                return null;
            }
            others.add(parsed.nexus());
            at = parsed.end();
        }
        return others;
    }

    private static Read move(ByteBuffer list, List<Integer> ports) {
        if (list.limit() < LIST_LENGTH) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        int length = list.getInt(20);
        if (length < 0 || length != list.limit() - LIST_LENGTH) {
            return new Wrong(SenseCode.PARAMETER_LIST_LENGTH_ERROR);
        }
        int targetPort = list.getShort(18) & 0xFFFF;
        Nexus.Parsed to = Nexus.parse(list, LIST_LENGTH, list.limit(), targetPort);
        if (to == null || !ports.contains(targetPort)) {
            return new Wrong(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        int flags = list.get(17);
        return new Ordered(new PrOrder.Move(
                list.getLong(0), list.getLong(8), (flags & APTPL) != 0, (flags & UNREG) != 0, to.nexus()));
    }
}
