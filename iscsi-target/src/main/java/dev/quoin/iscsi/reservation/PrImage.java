package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.scsi.SenseCode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A {@link PrState} as bytes, big-endian, with what those who were registered before have to be told of the change that led to it.
 *
 * <pre>
 * byte 0     version, 2
 * byte 1     bit 0 survives power loss, bit 1 there is a reservation
 * byte 2     type of the reservation, 0 for none
 * byte 3-6   generation
 * byte 7-8   number of registrants
 * byte 9-10  place of the holder among them, 0 without a reservation
 * then for each registrant: key 8, ISID 8, target port 2, flags 1 (bit 0 all ports), length of the name 1, name
 * then 2     number of registrants before the change, 0 if none of them is concerned
 * then for each of them 1: bits 0-1 what it is told: 0 nothing, 1 reservations preempted, 2 reservations released, 3 registrations
 *            preempted; bit 2 its commands are aborted
 * last 4     CRC32C of all before
 * </pre>
 *
 * <p>Version 1, which is still read, has nothing between the registrants and the CRC.
 */
public final class PrImage {

    private static final int VERSION = 2;
    private static final int VERSION_WITHOUT_NEWS = 1;
    private static final int NEWS = 3;
    private static final int ABORTED = 4;

    /** By the number on the wire. */
    private static final List<SenseCode> CODES = List.of(
            SenseCode.NO_ADDITIONAL_SENSE,
            SenseCode.RESERVATIONS_PREEMPTED,
            SenseCode.RESERVATIONS_RELEASED,
            SenseCode.REGISTRATIONS_PREEMPTED);

    private static final int SURVIVES = 1;
    private static final int RESERVED = 2;
    private static final int LENGTH_MIN = 15;

    private PrImage() {}

    /** The bytes of a state that nobody has to be told of. */
    public static byte[] encode(PrState state) {
        return encode(state, new byte[0]);
    }

    /** The bytes of the state after a change. */
    public static byte[] encode(PrChange change) {
        if (change.told().isEmpty() && change.aborted().isEmpty()) {
            return encode(change.after());
        }
        List<Registrant> before = change.before().registrants();
        byte[] news = new byte[before.size()];
        for (int i = 0; i < news.length; i++) {
            Nexus nexus = before.get(i).nexus();
            int code = CODES.indexOf(change.told().getOrDefault(nexus, SenseCode.NO_ADDITIONAL_SENSE));
            if (code < 0) {
                throw new IllegalArgumentException(change.told() + " found, one of " + CODES + " expected");
            }
            news[i] = (byte) (code | (change.aborted().contains(nexus) ? ABORTED : 0));
        }
        return encode(change.after(), news);
    }

    private static byte[] encode(PrState state, byte[] news) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            Reservation held = state.reservation();
            out.writeByte(VERSION);
            out.writeByte((state.survivesPowerLoss() ? SURVIVES : 0) | (held == null ? 0 : RESERVED));
            out.writeByte(held == null ? 0 : held.type().code());
            out.writeInt(state.generation());
            out.writeShort(state.registrants().size());
            out.writeShort(held == null ? 0 : place(state, held.holder()));
            for (Registrant one : state.registrants()) {
                byte[] name = one.nexus().initiator().getBytes(StandardCharsets.UTF_8);
                out.writeLong(one.key());
                out.writeLong(one.nexus().isid());
                out.writeShort(one.nexus().targetPort());
                out.writeByte(one.allPorts() ? 1 : 0);
                out.writeByte(name.length);
                out.write(name);
            }
            out.writeShort(news.length);
            out.write(news);
            out.writeInt(crc(bytes.toByteArray(), bytes.size()));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static int place(PrState state, Nexus holder) {
        for (int i = 0; i < state.registrants().size(); i++) {
            if (state.registrants().get(i).nexus().equals(holder)) {
                return i;
            }
        }
        // Of a type that all hold, who made it may have left: any other stands for it.
        return 0;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /**
     * The state of the bytes.
     *
     * @throws IOException saying what was found and expected, for bytes that are none or of a newer version
     */
    public static PrState decode(byte[] image) throws IOException {
        return decode(PrState.NONE, image).after();
    }

    /**
     * The change that led to the state of the bytes.
     *
     * @param before the state that the bytes replaced; of another one nobody can be told what changed
     * @throws IOException as {@link #decode(byte[])}
     */
    public static PrChange decode(PrState before, byte[] image) throws IOException {
        ByteBuffer in = checked(image);
        try {
            int version = in.get();
            int flags = in.get();
            PrType type = PrType.of(in.get());
            int generation = in.getInt();
            int count = in.getShort() & 0xFFFF;
            int holder = in.getShort() & 0xFFFF;
            List<Registrant> registrants = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                registrants.add(registrant(in));
            }
            Reservation held = null;
            if ((flags & RESERVED) != 0) {
                if (type == null || holder >= registrants.size()) {
                    throw new IOException("a reservation by registrant " + holder + " of " + registrants.size()
                            + " found, of a known type and by one that exists expected");
                }
                held = new Reservation(type, registrants.get(holder).nexus());
            }
            int newsLength = version == VERSION_WITHOUT_NEWS ? 0 : in.getShort() & 0xFFFF;
            if (newsLength > in.remaining()) {
                throw new BufferUnderflowException();
            }
            byte[] news = new byte[newsLength];
            in.get(news);
            PrState after = new PrState(generation, registrants, held, (flags & SURVIVES) != 0);
            return change(before, after, news);
        } catch (BufferUnderflowException truncated) {
            throw new IOException("reservations end in the midst of a registrant: they are damaged", truncated);
        }
    }

    private static ByteBuffer checked(byte[] image) throws IOException {
        if (image.length < LENGTH_MIN || image[0] < VERSION_WITHOUT_NEWS || image[0] > VERSION) {
            throw new IOException("reservations of " + image.length + " bytes and version "
                    + (image.length == 0 ? "none" : String.valueOf(image[0])) + " found, at least " + LENGTH_MIN
                    + " bytes and version " + VERSION_WITHOUT_NEWS + " or " + VERSION
                    + " expected: a newer program wrote them, or they are damaged");
        }
        ByteBuffer in = ByteBuffer.wrap(image);
        int found = crc(image, image.length - 4);
        if (in.getInt(image.length - 4) != found) {
            throw new IOException("reservations with CRC32C %08x found, %08x expected: they are damaged"
                    .formatted(found, in.getInt(image.length - 4)));
        }
        return in.limit(image.length - 4);
    }

    private static Registrant registrant(ByteBuffer in) {
        long key = in.getLong();
        long isid = in.getLong();
        int port = in.getShort() & 0xFFFF;
        boolean all = in.get() != 0;
        byte[] name = new byte[in.get() & 0xFF];
        in.get(name);
        return new Registrant(new Nexus(new String(name, StandardCharsets.UTF_8), isid, port), key, all);
    }

    private static PrChange change(PrState before, PrState after, byte[] news) {
        Map<Nexus, SenseCode> told = new HashMap<>();
        List<Nexus> aborted = new ArrayList<>();
        if (news.length == before.registrants().size()) {
            for (int i = 0; i < news.length; i++) {
                Nexus nexus = before.registrants().get(i).nexus();
                if ((news[i] & NEWS) != 0) {
                    told.put(nexus, CODES.get(news[i] & NEWS));
                }
                if ((news[i] & ABORTED) != 0) {
                    aborted.add(nexus);
                }
            }
        }
        return new PrChange(before, after, told, aborted);
    }
}
