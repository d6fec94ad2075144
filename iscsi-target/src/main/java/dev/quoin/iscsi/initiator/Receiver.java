package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Opcode;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a connection: PDUs are looked at in one buffer; data that is not there yet when its header is comes
 * straight into the caller's buffer. Device's thread only.
 */
final class Receiver {

    private static final int BUFFER_BYTES = LoggedIn.MAX_RECEIVE_LENGTH + (64 << 10);
    private static final int ROOM_MIN = 64 << 10;

    /** Learns what the target says. */
    interface Listener {
        /**
         * A command was answered; it is no longer at the target.
         *
         * @param senseAt where the sense data starts in {@code in}, {@code senseLength} 0 for none
         * @param residual whether the target moved more or less than was expected
         * @throws IOException if the connection has to be made anew
         */
        void answered(Command command, int status, boolean residual, ByteBuffer in, int senseAt, int senseLength)
                throws IOException;

        /** The logout was answered. */
        void loggedOut();
    }

    private final ScatteringByteChannel channel;
    private final Sender sender;
    private final Listener listener;
    private final String name;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer[] scatter = new ByteBuffer[2];
    private int start;
    private int end;

    // The data of a Data-In that goes straight to its place, and its header.
    private @Nullable ByteBuffer filling;
    private @Nullable Command fillingFor;
    private int fillingFlags;
    private int fillingStatus;

    Receiver(ScatteringByteChannel channel, Sender sender, Listener listener, String name) {
        this.channel = channel;
        this.sender = sender;
        this.listener = listener;
        this.name = name;
    }

    /**
     * Reads once and takes all PDUs that are whole.
     *
     * @return whether something came
     */
    boolean receive() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (buffer.capacity() - end < ROOM_MIN || start + needed() > buffer.capacity()) {
            buffer.limit(end).position(start);
            buffer.compact();
            end -= start;
            start = 0;
        }
        buffer.limit(buffer.capacity()).position(end);
        long count;
        ByteBuffer target = filling;
        if (target == null) {
            count = channel.read(buffer);
        } else {
            scatter[0] = target;
            scatter[1] = buffer;
            count = channel.read(scatter);
        }
        end = buffer.position();
        buffer.clear();
        if (count < 0) {
            throw new EOFException(name + ": the target closed the connection");
        }
        if (target != null) {
            if (target.hasRemaining()) {
                return count > 0;
            }
            finishFilling();
        }
        while (take()) {
            // Each round takes one PDU.
        }
        return count > 0;
    }

    private int needed() {
        return end - start < Bhs.LENGTH ? Bhs.LENGTH : Bhs.LENGTH + Bhs.padded(Bhs.dataLength(buffer, start));
    }

    private void finishFilling() throws IOException {
        Command command = fillingFor;
        filling = null;
        fillingFor = null;
        if (command != null && (fillingFlags & Bhs.FLAG_STATUS) != 0) {
            boolean residual = (fillingFlags & (Bhs.FLAG_OVERFLOW | Bhs.FLAG_UNDERFLOW)) != 0;
            answer(command, fillingStatus, residual, 0, 0);
        }
    }

    private boolean take() throws IOException {
        int available = end - start;
        if (filling != null || available < Bhs.LENGTH) {
            return false;
        }
        int at = start;
        int dataLength = Bhs.dataLength(buffer, at);
        int headerLength = Bhs.LENGTH + Bhs.ahsLength(buffer, at);
        if (dataLength > LoggedIn.MAX_RECEIVE_LENGTH) {
            throw new IOException(name + ": a data segment of " + dataLength + " found, at most "
                    + LoggedIn.MAX_RECEIVE_LENGTH + " expected");
        }
        int opcode = Bhs.opcode(buffer, at);
        int total = headerLength + Bhs.padded(dataLength);
        if (available < total) {
            if (opcode != Opcode.DATA_IN || available < headerLength || (dataLength & 3) != 0) {
                return false;
            }
            dataIn(at, at + headerLength, dataLength, available - headerLength);
            start = end;
            return false;
        }
        start += total;
        int dataAt = at + headerLength;
        switch (opcode) {
            case Opcode.DATA_IN -> dataIn(at, dataAt, dataLength, dataLength);
            case Opcode.SCSI_RESPONSE -> scsiResponse(at, dataAt, dataLength);
            case Opcode.R2T -> readyToTransfer(at);
            case Opcode.NOP_IN -> nopIn(at);
            case Opcode.LOGOUT_RESPONSE -> {
                sender.learn(Bhs.statSn(buffer, at) + 1, Bhs.maxCmdSn(buffer, at));
                listener.loggedOut();
            }
            case Opcode.ASYNC_MESSAGE -> async(at);
            case Opcode.REJECT ->
                throw new IOException(name + ": the target rejected a PDU with reason " + (buffer.get(at + 2) & 0xFF));
            default -> throw new IOException(name + ": opcode " + opcode + " found, none that a target sends now");
        }
        return true;
    }

    /** Takes a Data-In of which {@code here} bytes of data are in the buffer; the rest goes straight to its place. */
    private void dataIn(int at, int dataAt, int dataLength, int here) throws IOException {
        int flags = Bhs.flags(buffer, at);
        boolean hasStatus = (flags & Bhs.FLAG_STATUS) != 0;
        sender.learn(hasStatus ? Bhs.statSn(buffer, at) + 1 : sender.expStatSn(), Bhs.maxCmdSn(buffer, at));
        Command command = sender.command(Bhs.initiatorTaskTag(buffer, at));
        long offset = Bhs.bufferOffset(buffer, at);
        if (command == null
                || command.direction() != Command.Direction.READ
                || offset + dataLength > command.length()
                || command.received() + dataLength > command.length()) {
            throw new IOException(name + ": data found that was not asked for, tag " + Bhs.initiatorTaskTag(buffer, at)
                    + " range " + offset + "+" + dataLength);
        }
        command.data().put((int) offset, buffer, dataAt, here);
        command.received(dataLength);
        fillingFlags = flags;
        fillingStatus = buffer.get(at + 3) & 0xFF;
        fillingFor = command;
        if (here < dataLength) {
            filling = command.data().slice((int) offset + here, dataLength - here);
        } else {
            finishFilling();
        }
    }

    private void scsiResponse(int at, int dataAt, int dataLength) throws IOException {
        sender.learn(Bhs.statSn(buffer, at) + 1, Bhs.maxCmdSn(buffer, at));
        Command command = sender.command(Bhs.initiatorTaskTag(buffer, at));
        if (command == null) {
            throw new IOException(
                    name + ": an answer to tag " + Bhs.initiatorTaskTag(buffer, at) + " found, which is not open");
        }
        if (buffer.get(at + 2) != 0) {
            throw new IOException(name + ": the target failed with response " + (buffer.get(at + 2) & 0xFF));
        }
        int senseLength = dataLength < 2 ? 0 : Math.min(buffer.getShort(dataAt) & 0xFFFF, dataLength - 2);
        boolean residual = (Bhs.flags(buffer, at) & (Bhs.FLAG_OVERFLOW | Bhs.FLAG_UNDERFLOW)) != 0;
        answer(command, buffer.get(at + 3) & 0xFF, residual, dataAt + 2, senseLength);
    }

    private void answer(Command command, int status, boolean residual, int senseAt, int senseLength)
            throws IOException {
        sender.release(command);
        listener.answered(command, status, residual, buffer, senseAt, senseLength);
    }

    private void readyToTransfer(int at) throws IOException {
        sender.learn(sender.expStatSn(), Bhs.maxCmdSn(buffer, at));
        Command command = sender.command(Bhs.initiatorTaskTag(buffer, at));
        long offset = Bhs.bufferOffset(buffer, at);
        long length = Bhs.lastWord(buffer, at);
        if (command == null
                || command.direction() != Command.Direction.WRITE
                || length == 0
                || offset + length > command.length()) {
            throw new IOException(name + ": the target asks for data that it has no right to, tag "
                    + Bhs.initiatorTaskTag(buffer, at) + " range " + offset + "+" + length);
        }
        sender.transfer(command, Bhs.targetTransferTag(buffer, at), (int) offset, (int) length);
    }

    private void nopIn(int at) {
        int transferTag = Bhs.targetTransferTag(buffer, at);
        boolean ping = Bhs.initiatorTaskTag(buffer, at) == Bhs.TAG_NONE;
        sender.learn(ping ? sender.expStatSn() : Bhs.statSn(buffer, at) + 1, Bhs.maxCmdSn(buffer, at));
        if (ping && transferTag != Bhs.TAG_NONE) {
            long lun = Bhs.lun(buffer, at);
            sender.control(
                    (cmdSn, expStatSn) -> new Request.NopOut(true, lun, Bhs.TAG_NONE, transferTag, cmdSn, expStatSn));
        }
    }

    private void async(int at) throws IOException {
        sender.learn(Bhs.statSn(buffer, at) + 1, Bhs.maxCmdSn(buffer, at));
        int event = buffer.get(at + 36) & 0xFF;
        if (event != Response.AsyncMessage.SCSI_EVENT && event != Response.AsyncMessage.NEGOTIATION_REQUESTED) {
            throw new IOException(name + ": the target asks for a new connection, event " + event);
        }
    }
}
