package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.connection.ConnectionLimits;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.property.Property;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Proves sessions of several connections (RFC 7143 4.2.2, 4.2.5.1, 6.3.4): one order of commands over all, each task on its own
 * connection, logout of one or all, and that what is lost ends the session.
 */
class MultipleConnectionsTest {

    private static final int BLOCK = 512;
    private static final long ISID = 0x8000_0000_0042L;
    private static final int ORDERED = 2;

    private MemoryDevice memory;
    private FaultyDevice faulty;
    private Exported exported;
    private RawInitiator one;
    private RawInitiator two;
    private int cmdSn = 2;

    @BeforeEach
    void start() throws Exception {
        serve(ConnectionLimits.DEFAULT);
    }

    private void serve(ConnectionLimits limits) throws IOException {
        memory = new MemoryDevice("memory", BLOCK, 4 << 20);
        faulty = new FaultyDevice(memory, new PowerSupply(1));
        exported = Exported.with(Exported.config(0, faulty).withLimits(limits));
        one = RawInitiator.loggedIn(exported, Exported.INITIATOR, ISID, "MaxConnections=3\0");
        one.send(one.testUnitReady());
        assertThat(one.status().status()).as("the power-on attention").isEqualTo(2);
        two = new RawInitiator(exported.target().port());
        assertThat(join(two, 1)).isZero();
    }

    @AfterEach
    void stop() throws Exception {
        one.close();
        two.close();
        faulty.resume();
        exported.close();
        faulty.close();
        memory.close();
    }

    private int tsih() {
        return exported.target().sessions().getFirst().tsih();
    }

    /** Joins the session; gives the status of the login. */
    private int join(RawInitiator raw, int cid) throws IOException {
        raw.nextCmdSn(cmdSn);
        Response.LoginResponse response = raw.login(Exported.INITIATOR, ISID, tsih(), cid, "MaxConnections=3\0");
        return response.statusClass() << 8 | response.statusDetail();
    }

    private static int status(LoginStatus status) {
        return status.statusClass() << 8 | status.statusDetail();
    }

    private static byte[] filled(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    /** A command of one block with the task tag of its number. */
    private static Request.ScsiCommand ordered(boolean read, int number) {
        return new Request.ScsiCommand(
                false, true, read, !read, ORDERED, 0, number, BLOCK, number, 0, (read ? 0x28L : 0x2AL) << 56, 1L << 56);
    }

    private static Request.ScsiCommand simpleRead(int number) {
        return new Request.ScsiCommand(false, true, true, false, 1, 0, number, BLOCK, number, 0, 0x28L << 56, 1L << 56);
    }

    @Test
    void commands_runInTheOrderOfTheirNumbers_whateverConnectionBringsThem() {
        Property.forAll(60, random -> {
            int count = 24;
            List<Request.ScsiCommand> commands = new ArrayList<>();
            List<RawInitiator> carriers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                commands.add(ordered(i % 2 == 1, cmdSn + i));
                carriers.add(random.nextBoolean() ? one : two);
            }
            send(commands, carriers, random);
            for (int i = 0; i < count; i++) {
                RawInitiator.Received received = carriers.get(i).receive();
                int number = cmdSn + i;
                assertThat(received.header().initiatorTaskTag())
                        .as("ordered tasks end in order")
                        .isEqualTo(number);
                if (i % 2 == 1) {
                    assertThat(received.data()).as("read after write").isEqualTo(filled(number - 1));
                } else {
                    assertThat(received.header())
                            .isInstanceOfSatisfying(
                                    Response.ScsiResponse.class,
                                    response -> assertThat(response.status()).isZero());
                }
            }
            cmdSn += count;
        });
    }

    /** Sends each connection's commands in their order, and those of both in a random one. */
    private static void send(List<Request.ScsiCommand> commands, List<RawInitiator> carriers, RandomGenerator random)
            throws IOException {
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            left.add(i);
        }
        while (!left.isEmpty()) {
            RawInitiator carrier = carriers.get(left.get(random.nextInt(left.size())));
            int first = left.stream()
                    .filter(i -> carriers.get(i).equals(carrier))
                    .findFirst()
                    .orElseThrow();
            left.remove(Integer.valueOf(first));
            Request.ScsiCommand command = commands.get(first);
            carrier.send(command, command.read() ? new byte[0] : filled(command.cmdSn()));
        }
    }

    @Test
    void missingCommand_isWaitedFor_andNoLongerThanTheDeadline() throws Exception {
        stop();
        serve(new ConnectionLimits(
                Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(15), 1 << 20, Duration.ofSeconds(1)));
        two.send(simpleRead(cmdSn + 1));
        assertThat(two.silentFor(200)).isTrue();
        one.send(simpleRead(cmdSn));
        assertThat(one.receive().header()).isInstanceOf(Response.DataIn.class);
        assertThat(two.receive().header()).isInstanceOf(Response.DataIn.class);
        two.send(simpleRead(cmdSn + 3));
        assertThat(two.closedWithin(5_000)).isTrue();
        assertThat(one.closedWithin(5_000)).isTrue();
        await().until(() -> exported.target().sessions().isEmpty());
    }

    @Test
    void dataOfATask_comesByItsOwnConnectionAlone() throws Exception {
        Request.ScsiCommand write =
                new Request.ScsiCommand(false, true, false, true, 1, 0, 77, BLOCK, cmdSn, 0, 0x2AL << 56, 1L << 56);
        one.send(write);
        Response.ReadyToTransfer wanted =
                (Response.ReadyToTransfer) one.receive().header();
        Request.DataOut data = new Request.DataOut(true, 0, 77, wanted.targetTransferTag(), 0, 0, 0);
        two.send(data, filled(1));
        two.send(nop(5, cmdSn + 1));
        assertThat(two.receive().header()).as("after the data").isInstanceOf(Response.NopIn.class);
        one.send(data, filled(2));
        assertThat(one.status().status()).isZero();
        two.send(simpleRead(cmdSn + 1));
        assertThat(two.receive().data()).isEqualTo(filled(2));
    }

    private static Request.NopOut nop(int tag, int cmdSn) {
        return new Request.NopOut(true, 0, tag, Bhs.TAG_NONE, cmdSn, 0);
    }

    @Test
    void taskTag_belongsToTheSession() throws Exception {
        Request.ScsiCommand write =
                new Request.ScsiCommand(false, true, false, true, 1, 0, 77, BLOCK, cmdSn, 0, 0x2AL << 56, 1L << 56);
        one.send(write);
        assertThat(one.receive().header()).isInstanceOf(Response.ReadyToTransfer.class);
        two.send(simpleRead(cmdSn + 1));
        assertThat(two.receive().header()).isInstanceOf(Response.DataIn.class);
        two.send(
                new Request.ScsiCommand(true, true, true, false, 1, 0, 77, BLOCK, cmdSn + 2, 0, 0x28L << 56, 1L << 56));
        assertThat(two.receive().header()).isInstanceOf(Response.Reject.class);
        // Its abort may be asked for by any connection.
        two.send(new Request.TaskManagement(true, Request.TaskManagement.ABORT_TASK, 0, 78, 77, cmdSn + 2, 0, 0, 0));
        assertThat(answerToPings(one, two)).isEqualTo(Response.TaskManagementResponse.COMPLETE);
        assertThat(one.silentFor(100)).as("no answer to an aborted task").isTrue();
    }

    /** Answers pings on the first connection until the second has a task management response, and gives its code. */
    private static int answerToPings(RawInitiator pinged, RawInitiator asked) throws IOException {
        echo(pinged, (Response.NopIn) pinged.receive().header());
        return ((Response.TaskManagementResponse) asked.receive().header()).response();
    }

    private static void echo(RawInitiator raw, Response.NopIn ping) throws IOException {
        raw.send(new Request.NopOut(true, ping.lun(), Bhs.TAG_NONE, ping.targetTransferTag(), 1, 0));
    }

    @Test
    void taskManagement_waitsForEarlierCommands_andAnswersAfterTheOthersWereRead() throws Exception {
        // The abort comes first by one connection; the command that it is about comes later by the other.
        two.send(new Request.TaskManagement(
                true, Request.TaskManagement.ABORT_TASK_SET, 0, 90, Bhs.TAG_NONE, cmdSn + 1, 0, 0, 0));
        assertThat(two.silentFor(200)).isTrue();
        Request.ScsiCommand write =
                new Request.ScsiCommand(false, true, false, true, 1, 0, 77, BLOCK, cmdSn, 0, 0x2AL << 56, 1L << 56);
        one.send(write);
        assertThat(one.receive().header()).isInstanceOf(Response.ReadyToTransfer.class);
        Response.NopIn ping = (Response.NopIn) one.receive().header();
        assertThat(two.silentFor(200)).as("before the echo").isTrue();
        echo(one, ping);
        assertThat(two.receive().header()).isInstanceOf(Response.TaskManagementResponse.class);
        assertThat(one.silentFor(100)).isTrue();
    }

    @Test
    void echoThatDoesNotCome_endsTheSession() throws Exception {
        stop();
        serve(new ConnectionLimits(
                Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(1), 1 << 20, Duration.ofSeconds(1)));
        two.send(new Request.TaskManagement(
                true, Request.TaskManagement.ABORT_TASK_SET, 0, 90, Bhs.TAG_NONE, cmdSn, 0, 0, 0));
        assertThat(two.closedWithin(8_000)).isTrue();
        assertThat(one.closedWithin(8_000)).isTrue();
    }

    @Test
    void logoutOfOneConnection_leavesTheOthers() throws Exception {
        two.send(logout(Request.Logout.CLOSE_CONNECTION, 9));
        assertThat(logoutStatus(two)).as("no such CID").isEqualTo(1);
        two.send(logout(Request.Logout.REMOVE_FOR_RECOVERY, 1));
        assertThat(logoutStatus(two)).as("level 0 recovers nothing").isEqualTo(2);
        two.send(logout(Request.Logout.CLOSE_CONNECTION, 1));
        assertThat(logoutStatus(two)).isZero();
        assertThat(two.closedWithin(5_000)).isTrue();
        one.send(simpleRead(cmdSn));
        assertThat(one.receive().header()).isInstanceOf(Response.DataIn.class);
        cmdSn++;
        try (RawInitiator again = new RawInitiator(exported.target().port())) {
            assertThat(join(again, 1)).isZero();
            // Also from another connection than the one that is to end.
            again.send(logout(Request.Logout.CLOSE_CONNECTION, 0));
            assertThat(logoutStatus(again)).isZero();
            assertThat(one.closedWithin(5_000)).isTrue();
            again.send(simpleRead(cmdSn));
            assertThat(again.receive().header()).isInstanceOf(Response.DataIn.class);
            again.send(logout(Request.Logout.CLOSE_CONNECTION, 1));
            assertThat(logoutStatus(again)).isZero();
            await().until(() -> exported.target().sessions().isEmpty());
        }
    }

    private Request.Logout logout(int reason, int cid) {
        return new Request.Logout(true, reason, 100, cid, cmdSn, 0);
    }

    private static int logoutStatus(RawInitiator raw) throws IOException {
        return ((Response.LogoutResponse) raw.receive().header()).response();
    }

    @Test
    void logoutOfTheSession_closesAllConnections() throws Exception {
        two.send(logout(Request.Logout.CLOSE_SESSION, 0));
        assertThat(logoutStatus(two)).isZero();
        assertThat(one.closedWithin(5_000)).isTrue();
        assertThat(two.closedWithin(5_000)).isTrue();
        await().until(() -> exported.target().sessions().isEmpty());
    }

    @Test
    void lostConnection_endsTheSession() throws Exception {
        two.close();
        assertThat(one.closedWithin(5_000)).isTrue();
        await().until(() -> exported.target().sessions().isEmpty());
    }

    @Test
    void loginWithTheSameCid_replacesTheConnection_andItsTasks() throws Exception {
        Request.ScsiCommand write =
                new Request.ScsiCommand(false, true, false, true, 1, 0, 77, BLOCK, cmdSn++, 0, 0x2AL << 56, 1L << 56);
        two.send(write);
        assertThat(two.receive().header()).isInstanceOf(Response.ReadyToTransfer.class);
        try (RawInitiator again = new RawInitiator(exported.target().port())) {
            assertThat(join(again, 1)).isZero();
            assertThat(two.closedWithin(5_000)).isTrue();
            again.send(write(77));
            assertThat(again.receive().header()).as("the tag is free").isInstanceOf(Response.ReadyToTransfer.class);
            one.send(simpleRead(cmdSn));
            assertThat(one.receive().header()).isInstanceOf(Response.DataIn.class);
        }
    }

    private Request.ScsiCommand write(int tag) {
        return new Request.ScsiCommand(false, true, false, true, 1, 0, tag, BLOCK, cmdSn++, 0, 0x2AL << 56, 1L << 56);
    }

    @Test
    void replacedConnection_staysUntilItsWriteHasLeftTheDevice() throws Exception {
        faulty.hang();
        two.send(write(77), filled(7));
        two.send(nop(5, cmdSn));
        assertThat(two.receive().header()).as("after the write").isInstanceOf(Response.NopIn.class);
        try (RawInitiator again = new RawInitiator(exported.target().port())) {
            again.nextCmdSn(cmdSn);
            Thread login = Thread.ofVirtual().start(() -> {
                try {
                    join(again, 1);
                } catch (IOException gone) {
                    throw new IllegalStateException(gone);
                }
            });
            assertThat(two.closedWithin(5_000)).isTrue();
            assertThat(login.join(Duration.ofMillis(300)))
                    .as("the write is in the device")
                    .isFalse();
            faulty.resume();
            assertThat(login.join(Duration.ofSeconds(5))).isTrue();
        }
    }

    @Test
    void connectionsThatDoNotBelong_areRefused() throws Exception {
        try (RawInitiator third = new RawInitiator(exported.target().port());
                RawInitiator fourth = new RawInitiator(exported.target().port());
                RawInitiator other = new RawInitiator(exported.target().port());
                RawInitiator stranger = new RawInitiator(exported.target().port());
                RawInitiator discovery = new RawInitiator(exported.target().port());
                RawInitiator none = new RawInitiator(exported.target().port())) {
            assertThat(join(third, 2)).isZero();
            assertThat(join(fourth, 3)).isEqualTo(status(LoginStatus.TOO_MANY_CONNECTIONS));
            assertThat(fourth.closedWithin(5_000)).isTrue();
            int missing = status(LoginStatus.SESSION_DOES_NOT_EXIST);
            assertThat(statusOf(other.login(Exported.INITIATOR, ISID + 1, tsih(), 4, "")))
                    .isEqualTo(missing);
            assertThat(statusOf(stranger.login(Exported.INITIATOR + "x", ISID, tsih(), 4, "")))
                    .isEqualTo(missing);
            assertThat(statusOf(none.login(Exported.INITIATOR, ISID, tsih() + 1, 4, "")))
                    .isEqualTo(missing);
            assertThat(statusOf(discovery.login(Exported.INITIATOR, ISID, tsih(), 4, "SessionType=Discovery\0")))
                    .isEqualTo(missing);
            one.send(simpleRead(cmdSn));
            assertThat(one.receive().header()).isInstanceOf(Response.DataIn.class);
        }
    }

    private static int statusOf(Response.LoginResponse response) {
        return response.statusClass() << 8 | response.statusDetail();
    }

    @Test
    void fence_cutsOffAllConnections() throws Exception {
        exported.target().fence(Exported.INITIATOR);
        assertThat(one.closedWithin(5_000)).isTrue();
        assertThat(two.closedWithin(5_000)).isTrue();
        try (RawInitiator again = new RawInitiator(exported.target().port())) {
            Response.LoginResponse response = again.login(Exported.INITIATOR, ISID, 1, 1, "");
            assertThat(statusOf(response)).isEqualTo(status(LoginStatus.AUTHORIZATION_FAILURE));
        }
    }
}
