package dev.quoin.tools.demo;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.WriteMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** Moves a seeded image to and from a disk, several requests at a time. Blocking. */
final class DiskImage {

    /** How many requests are under way at once. */
    private static final int DEPTH = 4;

    private DiskImage() {}

    /** Writes the image at {@code offset} and makes it durable. */
    static void write(BlockDevice device, long offset, SeededImage image) throws IOException {
        Deque<CompletableFuture<Void>> pending = new ArrayDeque<>();
        for (int piece = 0; piece < image.pieces(); piece++) {
            if (pending.size() == DEPTH) {
                BlockIo.await(device, pending.remove());
            }
            ByteBuffer content = direct().put(image.piece(piece)).flip();
            pending.add(device.write(offset + (long) piece * SeededImage.PIECE, content, WriteMode.CACHED));
        }
        while (!pending.isEmpty()) {
            BlockIo.await(device, pending.remove());
        }
        BlockIo.flush(device);
    }

    /** Reads what is at {@code offset} and compares it with the image. */
    static void verify(BlockDevice device, long offset, SeededImage image) throws IOException, CheckFailure {
        record Request(int piece, ByteBuffer target, CompletableFuture<Void> done) {}
        Deque<Request> pending = new ArrayDeque<>();
        for (int piece = 0; piece < image.pieces() || !pending.isEmpty(); piece++) {
            if (pending.size() == DEPTH || piece >= image.pieces()) {
                Request first = pending.remove();
                BlockIo.await(device, first.done());
                if (!image.matches(first.piece(), first.target().flip())) {
                    throw new CheckFailure(device.name() + ": bytes from "
                            + (offset + (long) first.piece() * SeededImage.PIECE) + " on differ from what was written");
                }
            }
            if (piece < image.pieces()) {
                ByteBuffer target = direct();
                pending.add(new Request(piece, target, device.read(offset + (long) piece * SeededImage.PIECE, target)));
            }
        }
    }

    /** Writes the image to a file. */
    static void writeFile(Path file, SeededImage image) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            for (int piece = 0; piece < image.pieces(); piece++) {
                out.write(image.piece(piece));
            }
        }
    }

    private static ByteBuffer direct() {
        return ByteBuffer.allocateDirect(SeededImage.PIECE);
    }
}
