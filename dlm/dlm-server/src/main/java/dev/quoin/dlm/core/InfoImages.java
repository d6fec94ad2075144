package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Locks as they are described in kept results; the bytes are in the table of {@link ResultImages}. */
final class InfoImages {

    private InfoImages() {}

    static void write(ByteWriter to, LockInfo lock) {
        to.i64(lock.id()).text(lock.lockspace()).u8(lock.parents().size());
        lock.parents().forEach(parent -> to.bytes(parent.bytes()));
        SessionId session = lock.session();
        FencingToken token = lock.token();
        to.bytes(lock.resource().bytes())
                .i64(session == null ? 0 : session.value())
                .text(lock.node())
                .i64(lock.owner().id())
                .mode(lock.granted())
                .mode(lock.wanted())
                .i64(token == null ? 0 : token.value())
                .i64(lock.since().toEpochMilli())
                .u8(lock.state().ordinal());
    }

    static LockInfo lock(ByteReader from) throws StateFormatException {
        long id = from.i64();
        String lockspace = from.text();
        int depth = from.u8();
        List<ResourceName> parents = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            parents.add(StateLoader.name(from, from.bytes()));
        }
        ResourceName resource = StateLoader.name(from, from.bytes());
        long session = from.i64();
        String node = from.text();
        LockOwner owner = new LockOwner(from.i64());
        var granted = from.mode();
        var wanted = from.mode();
        long token = from.i64();
        Instant since = Instant.ofEpochMilli(from.i64());
        int state = from.u8();
        if (state >= LockInfo.State.values().length) {
            throw from.malformed("state " + state + " of a lock found");
        }
        return new LockInfo(
                id,
                lockspace,
                parents,
                resource,
                session == 0 ? null : new SessionId(session),
                node,
                owner,
                granted,
                wanted,
                token == 0 ? null : new FencingToken(token),
                since,
                LockInfo.State.values()[state]);
    }

    static void write(ByteWriter to, RangeInfo range) {
        to.i64(range.range().start())
                .i64(range.range().end())
                .u8(range.kind().ordinal())
                .i64(range.session().value())
                .text(range.node())
                .i64(range.owner().id())
                .i64(range.token().value());
    }

    static RangeInfo range(ByteReader from) throws StateFormatException {
        return new RangeInfo(
                bytes(from),
                kind(from),
                new SessionId(from.i64()),
                from.text(),
                new LockOwner(from.i64()),
                new FencingToken(from.i64()));
    }

    static ByteRange bytes(ByteReader from) throws StateFormatException {
        long start = from.i64();
        long end = from.i64();
        if (start < 0 || end < start) {
            throw from.malformed("range from " + start + " to " + end + " found");
        }
        return new ByteRange(start, end);
    }

    static Kind kind(ByteReader from) throws StateFormatException {
        return from.bool() ? Kind.WRITE : Kind.READ;
    }
}
