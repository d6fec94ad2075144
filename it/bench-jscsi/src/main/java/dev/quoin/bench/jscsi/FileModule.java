package dev.quoin.bench.jscsi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jscsi.target.storage.IStorageModule;

/**
 * A file as jSCSI's target takes it, without a flush for each write as its own module has it.
 *
 * <p>The size that it gives is one block less than the file has: the target reports it as the address of the last block. It
 * refuses what lies outside the file, which the target does not.
 */
final class FileModule implements IStorageModule {

    private static final int WITHIN = 0;
    private static final int BAD_ADDRESS = 1;
    private static final int BAD_LENGTH = 2;

    private final FileChannel channel;
    private final long size;

    FileModule(Path file) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.size = channel.size();
    }

    @Override
    public int checkBounds(long logicalBlockAddress, int transferLengthInBlocks) {
        long blocks = size / VIRTUAL_BLOCK_SIZE;
        if (logicalBlockAddress < 0 || logicalBlockAddress >= blocks) {
            return BAD_ADDRESS;
        }
        return transferLengthInBlocks < 0 || logicalBlockAddress + transferLengthInBlocks > blocks
                ? BAD_LENGTH
                : WITHIN;
    }

    @Override
    public long getSizeInBlocks() {
        return size / VIRTUAL_BLOCK_SIZE - 1;
    }

    @Override
    public void read(byte[] bytes, long storageIndex) throws IOException {
        requireInside(storageIndex, bytes.length);
        ByteBuffer target = ByteBuffer.wrap(bytes);
        while (target.hasRemaining()) {
            if (channel.read(target, storageIndex + target.position()) < 0) {
                throw new IOException("the file ended at " + channel.size() + ", " + size + " expected");
            }
        }
    }

    @Override
    public void write(byte[] bytes, long storageIndex) throws IOException {
        requireInside(storageIndex, bytes.length);
        ByteBuffer source = ByteBuffer.wrap(bytes);
        while (source.hasRemaining()) {
            channel.write(source, storageIndex + source.position());
        }
    }

    private void requireInside(long at, int length) throws IOException {
        if (at < 0 || at > size - length) {
            throw new IOException("range " + at + "+" + length + " found, inside 0+" + size + " expected");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
