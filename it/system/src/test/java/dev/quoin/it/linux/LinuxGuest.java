package dev.quoin.it.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A Linux machine that it/linux/build-guest has made, run by QEMU without hardware support, so that it runs anywhere. It reaches ports of this
 * machine's loopback address at {@value #HOST}. One thread at a time.
 */
final class LinuxGuest implements AutoCloseable {

    /** This machine as the guest sees it. */
    static final String HOST = "10.0.2.2";

    private static final Duration BOOT_MAX = Duration.ofMinutes(3);

    private final Process qemu;
    private final SocketChannel agent;
    private final BufferedReader answers;
    private final String kernel;

    /** How a script ended, and what it printed on both ways. */
    record Said(int status, String text) {}

    private LinuxGuest(Process qemu, SocketChannel agent) throws IOException {
        this.qemu = qemu;
        this.agent = agent;
        this.answers =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(agent), StandardCharsets.US_ASCII));
        this.kernel = answer(BOOT_MAX).text().strip();
    }

    /**
     * Boots the machine. Blocking.
     *
     * @param made what build-guest has made
     * @param work an empty directory for sockets and the console
     */
    static LinuxGuest boot(Path made, Path work) throws IOException, InterruptedException {
        return boot(made, work, List.of());
    }

    /**
     * Boots the machine with more disks: the {@code n}-th is the SCSI device {@code n:0} of a bus of its own, see
     * {@code /sys/class/scsi_device/0:0:n:0/device/block}. What it writes is in the file at once. Blocking.
     */
    static LinuxGuest boot(Path made, Path work, List<Path> disks) throws IOException, InterruptedException {
        Path socket = work.resolve("agent");
        Process qemu = new ProcessBuilder(command(made, work, socket, disks))
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("qemu").toFile())
                .start();
        try {
            while (!Files.exists(socket)) {
                if (qemu.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException("QEMU ended: " + Files.readString(work.resolve("qemu")));
                }
            }
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            return new LinuxGuest(qemu, channel);
        } catch (IOException | InterruptedException failure) {
            qemu.destroyForcibly();
            throw failure;
        }
    }

    private static List<String> command(Path made, Path work, Path socket, List<Path> disks) {
        List<String> command = new ArrayList<>(List.of("qemu-system-x86_64"));
        command.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"));
        command.addAll(List.of("-machine", "pc,usb=off", "-accel", "tcg", "-cpu", "max", "-m", "768"));
        command.addAll(List.of("-kernel", made.resolve("vmlinuz").toString()));
        command.addAll(List.of("-initrd", made.resolve("initrd.img").toString()));
        command.addAll(List.of(
                "-append",
                "console=ttyS0 panic=-1 oops=panic mitigations=off nokaslr net.ifnames=0 random.trust_cpu=on tsc=reliable"
                        + " nosoftlockup rcupdate.rcu_cpu_stall_timeout=120"));
        command.addAll(List.of("-serial", "file:" + work.resolve("console")));
        command.addAll(List.of(
                "-drive",
                "file=" + made.resolve("root.img") + ",format=raw,if=none,id=root,readonly=on,file.locking=off"));
        command.addAll(List.of("-device", "virtio-blk-pci,drive=root", "-device", "virtio-rng-pci"));
        command.addAll(List.of("-netdev", "user,id=net,ipv6=off", "-device", "virtio-net-pci,netdev=net,romfile="));
        command.addAll(List.of("-device", "virtio-serial-pci"));
        command.addAll(List.of("-chardev", "socket,id=agent,path=" + socket + ",server=on,wait=off"));
        command.addAll(List.of("-device", "virtserialport,chardev=agent,name=quoin.agent"));
        if (!disks.isEmpty()) {
            command.addAll(List.of("-device", "virtio-scsi-pci,id=disks"));
        }
        for (int disk = 0; disk < disks.size(); disk++) {
            command.addAll(List.of(
                    "-drive",
                    "file=" + disks.get(disk) + ",format=raw,if=none,id=disk" + disk
                            + ",cache=writeback,discard=unmap,file.locking=off"));
            command.addAll(List.of("-device", "scsi-hd,bus=disks.0,scsi-id=" + disk + ",drive=disk" + disk));
        }
        return command;
    }

    /** The version of its kernel. */
    String kernel() {
        return kernel;
    }

    /**
     * Runs a script with bash. Blocking.
     *
     * @throws IOException if the machine is gone, or the script has not ended after so long
     */
    Said run(String script, Duration limit) throws IOException {
        byte[] line = (Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8)) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer request = ByteBuffer.wrap(line);
        while (request.hasRemaining()) {
            agent.write(request);
        }
        return answer(limit);
    }

    private Said answer(Duration limit) throws IOException {
        CompletableFuture<String> line = new CompletableFuture<>();
        Thread.ofVirtual().name("guest-answer").start(() -> {
            try {
                line.complete(answers.readLine());
            } catch (IOException failure) {
                line.completeExceptionally(failure);
            }
        });
        try {
            String said = line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (said == null) {
                throw new IOException("the guest is gone");
            }
            int space = said.indexOf(' ');
            byte[] text = Base64.getDecoder().decode(said.substring(space + 1));
            return new Said(Integer.parseInt(said.substring(0, space)), new String(text, StandardCharsets.UTF_8));
        } catch (TimeoutException slow) {
            throw new IOException("the guest did not answer within " + limit, slow);
        } catch (ExecutionException failure) {
            throw new IOException("the guest cannot be heard", failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }

    /** Pulls the plug. */
    @Override
    public void close() throws IOException {
        agent.close();
        qemu.destroyForcibly();
    }
}
