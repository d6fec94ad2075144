package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.Progress;
import dev.quoin.raid.RaidArray;
import dev.quoin.raid.RoleState;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done with the devices of an array before and after it starts. */
final class ArrayStart {

    private static final Logger LOG = LoggerFactory.getLogger(ArrayStart.class);

    private final String name;
    private final ArrayRecord record;
    private final Consumer<String> notice;

    ArrayStart(String name, ArrayRecord record, Consumer<String> notice) {
        this.name = name;
        this.record = record;
        this.notice = notice;
    }

    /** The devices of the record that can be opened, by URL. */
    Map<String, BlockDevice> open() throws Fault {
        Map<String, BlockDevice> devices = new LinkedHashMap<>();
        for (String url : Stream.concat(record.members().stream(), record.spares().stream())
                .distinct()
                .toList()) {
            if (url.isEmpty()) {
                continue;
            }
            try {
                devices.put(url, MemberDevices.open(url));
            } catch (DeviceException missing) {
                String serial = record.serial(url);
                notice.accept("array " + name + ": a member cannot be opened: " + missing.getMessage()
                        + (serial.isEmpty() ? "" : "; its serial number is " + serial));
                LOG.warn("member cannot be opened array={} device={} serial={}", name, url, serial, missing);
            }
        }
        return devices;
    }

    /** Says what is wrong with an array that starts, and goes on with a rebuild that was interrupted. */
    void resume(OpenArray found) {
        RaidArray array = found.array();
        List<MemberPlace> places = found.places();
        ArrayStatus status = array.status();
        for (ArrayStatus.MemberStatus member : status.members()) {
            if (member.state() == RoleState.FAILED) {
                String next = status.spares().isEmpty()
                        ? "next: quoin array replace " + name + " " + member.role()
                                + " --yes, then quoin array rebuild " + name
                        : "a spare takes its role";
                notice.accept("array " + name + ": started degraded, member " + member.role()
                        + " is missing or damaged, of "
                        + places.get(member.role()).label() + "; " + next);
            }
        }
        if (status.activity() == ArrayStatus.Activity.RESHAPING) {
            notice.accept("array " + name + ": going on with the reshape that was interrupted");
            array.reshape(Progress.NONE).whenComplete((report, failure) -> {
                if (failure != null) {
                    LOG.warn("reshape stopped array={}", name, failure);
                }
            });
        }
        if (status.members().stream().anyMatch(member -> member.state() == RoleState.REBUILDING)) {
            notice.accept("array " + name + ": going on with the rebuild that was interrupted");
            array.rebuild(Progress.NONE).whenComplete((report, failure) -> {
                if (failure != null) {
                    LOG.warn("rebuild stopped array={}", name, failure);
                }
            });
        }
    }

    /**
     * Adds a spare of the node that was on its way to the array when the node died.
     *
     * @return the spares of the record that the array does not use now
     */
    List<String> addAgain(OpenArray found) throws DeviceException {
        List<String> missing = new ArrayList<>();
        for (String url : record.spares()) {
            BlockDevice device = found.devices().get(url);
            if (device != null && found.uses(device.name())) {
                continue;
            }
            if (device != null && MemberDevices.isBlank(device)) {
                found.array().add(device);
            } else {
                missing.add(url);
            }
        }
        return missing;
    }
}
