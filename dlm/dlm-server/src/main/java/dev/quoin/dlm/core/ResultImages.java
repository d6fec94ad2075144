package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Kept results as bytes. The first byte tells the kind:
 *
 * <pre>
 * 1 granted    lock 8, token 8, value block
 * 2 denied     text
 * 3 deadlock   of version 1: count 4, texts
 * 4 timed out
 * 5 cancelled
 * 6 done
 * 7 refused    code 1, text
 * 8 lockspace  number 4
 * 9 committed  revision 8
 * 10 conflict  guard 4, text
 * 11 granted   as 1, demoted 1
 * 12 deadlock  count 4, then for each wait: waiter, blocker
 * 13 many      refused by 4 (-1: nobody), count 4, results
 * 14 range     token 8
 * 15 denied    range lock
 * 16 deadlock  count 4, range locks
 * </pre>
 *
 * A value block is valid 1, length 1, bytes; a text is length 4 and UTF-8. A waiter or blocker is lock 8, lockspace text, count of
 * parents 1, then their names and its own as byte strings, session 8 (0: orphan), node text, owner 8, granted 1, wanted 1,
 * token 8 (0: none), since ms 8, state 1. A range lock is start 8, end 8, kind 1, session 8, node text, owner 8, token 8.
 */
final class ResultImages {

    private ResultImages() {}

    static void write(ByteWriter to, Result result) {
        switch (result) {
            case Result.Granted(long lock, long token, var value, boolean demoted) ->
                to.u8(11).i64(lock).i64(token).value(value).bool(demoted);
            case Result.GrantedMany(List<Result> each, int refusedBy) -> {
                to.u8(13).i32(refusedBy).i32(each.size());
                each.forEach(one -> write(to, one));
            }
            case Result.RangeGranted(long token) -> to.u8(14).i64(token);
            case Result.RangeDenied(RangeInfo blocker) -> InfoImages.write(to.u8(15), blocker);
            case Result.RangeDeadlock(List<RangeInfo> cycle) -> {
                to.u8(16).i32(cycle.size());
                cycle.forEach(one -> InfoImages.write(to, one));
            }
            case Result.Denied(String reason) -> to.u8(2).text(reason);
            case Result.Deadlock(List<LockWait> cycle) -> {
                to.u8(12).i32(cycle.size());
                cycle.forEach(wait -> {
                    InfoImages.write(to, wait.waiter());
                    InfoImages.write(to, wait.blocker());
                });
            }
            case Result.TimedOut() -> to.u8(4);
            case Result.Cancelled() -> to.u8(5);
            case Result.Done() -> to.u8(6);
            case Result.Refused(var code, String reason) ->
                to.u8(7).u8(code.ordinal()).text(reason);
            case Result.LockspaceOpened(int lockspace) -> to.u8(8).i32(lockspace);
            case Result.Committed(long revision) -> to.u8(9).i64(revision);
            case Result.Conflict(int guard, String found) ->
                to.u8(10).i32(guard).text(found);
            case Result.Entries _,
                    Result.Locks _,
                    Result.Sessions _,
                    Result.Watched _,
                    Result.Lockspaces _,
                    Result.Waits _,
                    Result.Deadlocks _,
                    Result.Ranges _ -> throw new IllegalStateException("answers of reads are not kept: " + result);
        }
    }

    static Result read(ByteReader from) throws StateFormatException {
        int kind = from.u8();
        return switch (kind) {
            case 1 -> new Result.Granted(from.i64(), from.i64(), from.value(), false);
            case 2 -> new Result.Denied(from.text());
            case 3 -> {
                // The words of version 1 are for people only; the outcome is what counts.
                list(from, ByteReader::text);
                yield new Result.Deadlock(List.of());
            }
            case 4 -> new Result.TimedOut();
            case 5 -> new Result.Cancelled();
            case 6 -> new Result.Done();
            case 7 -> {
                int code = from.u8();
                if (code >= DlmException.Code.values().length) {
                    throw from.malformed("code " + code + " found");
                }
                yield new Result.Refused(DlmException.Code.values()[code], from.text());
            }
            case 8 -> new Result.LockspaceOpened(from.i32());
            case 9 -> new Result.Committed(from.i64());
            case 10 -> new Result.Conflict(from.i32(), from.text());
            case 11 -> new Result.Granted(from.i64(), from.i64(), from.value(), from.bool());
            case 12 ->
                new Result.Deadlock(list(from, each -> new LockWait(InfoImages.lock(each), InfoImages.lock(each))));
            case 13 -> {
                int refusedBy = from.i32();
                yield new Result.GrantedMany(list(from, ResultImages::read), refusedBy);
            }
            case 14 -> new Result.RangeGranted(from.i64());
            case 15 -> new Result.RangeDenied(InfoImages.range(from));
            case 16 -> new Result.RangeDeadlock(list(from, InfoImages::range));
            default -> throw from.malformed("result of kind " + kind + " found");
        };
    }

    @FunctionalInterface
    private interface Part<T> {
        T read(ByteReader from) throws StateFormatException;
    }

    private static <T> List<T> list(ByteReader from, Part<T> part) throws StateFormatException {
        int count = from.i32();
        List<T> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(part.read(from));
        }
        return List.copyOf(list);
    }
}
