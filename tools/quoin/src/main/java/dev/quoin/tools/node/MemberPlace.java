package dev.quoin.tools.node;

import dev.quoin.raid.ArrayStatus.MemberStatus;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a member, or the one that it was on when it was last seen: what a person looks for who is to pull it.
 *
 * @param device its name; empty if it is not known
 * @param serial its serial number; empty if it is not known
 */
public record MemberPlace(String device, String serial) {

    /** Of a member of which nothing is known. */
    static final MemberPlace UNKNOWN = new MemberPlace("", "");

    /** Of a member that an array has; null if it has none in the role. */
    static @Nullable MemberPlace of(MemberStatus member) {
        String device = member.device();
        String serial = member.serial();
        return device == null ? null : new MemberPlace(device, serial == null ? "" : serial);
    }

    /** For people, such as {@code file:/dev/sdb (serial S4EWNX0M123456)}. */
    public String label() {
        String name = device.isEmpty() ? "a device that is not known" : device;
        return serial.isEmpty() ? name : name + " (serial " + serial + ")";
    }
}
