package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.raid.MdExport;
import dev.quoin.raid.Progress;
import dev.quoin.tools.fault.Fault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Makes an array that no node uses readable by Linux md. Needs no node. */
public final class ArrayExport {

    private ArrayExport() {}

    /**
     * Exports it. Blocking, for as long as reading all of it takes; durable.
     *
     * @param name of the array
     * @param members the URLs of its members, in any order
     * @throws Fault if a member is in use or cannot be opened, if they are not the array or not all of it, if Linux md has no such level, or
     *     if there are blocks that cannot be repaired
     */
    public static MdExport.Report toMd(String name, List<String> members, Progress progress) throws Fault {
        String object = "array " + name;
        List<BlockDevice> devices = new ArrayList<>();
        try {
            for (String url : members) {
                devices.add(open(url));
            }
            return MdExport.run(name, devices, Instant.now(), progress);
        } catch (DeviceException failure) {
            throw failed(object, failure);
        } finally {
            devices.forEach(BlockDevice::close);
        }
    }

    private static Fault failed(String object, DeviceException failure) {
        return switch (failure.code()) {
            case MEDIUM_ERROR, GONE ->
                Fault.failed(
                        object,
                        String.valueOf(failure.getMessage()),
                        "correct that and export it again; Quoin can start the array as before",
                        failure);
            case UNSUPPORTED ->
                Fault.usage(object, String.valueOf(failure.getMessage()), "read it with Quoin: quoin serve");
            case BUSY, OUT_OF_RANGE, READ_ONLY, NO_SPACE, FENCED -> Faults.of(object, failure);
        };
    }

    private static BlockDevice open(String url) throws Fault {
        try {
            return MemberDevices.open(url);
        } catch (DeviceException failure) {
            throw failure.code() == DeviceException.Code.BUSY
                    ? Fault.conflict(
                            "device " + url,
                            String.valueOf(failure.getMessage()),
                            "stop the node that uses it: an array can be exported only while nobody uses it")
                    : Faults.of("device " + url, failure);
        }
    }
}
