package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException;
import java.util.ArrayList;
import java.util.List;

/**
 * Kept results as bytes. The first byte tells the kind:
 *
 * <pre>
 * 1 granted    lock 8, token 8, value block
 * 2 denied     text
 * 3 deadlock   count 4, texts
 * 4 timed out
 * 5 cancelled
 * 6 done
 * 7 refused    code 1, text
 * 8 lockspace  number 4
 * 9 committed  revision 8
 * 10 conflict  guard 4, text
 * </pre>
 *
 * A value block is valid 1, length 1, bytes; a text is length 4 and UTF-8.
 */
final class ResultImages {

    private ResultImages() {}

    static void write(ByteWriter to, Result result) {
        switch (result) {
            case Result.Granted(long lock, long token, var value) ->
                to.u8(1).i64(lock).i64(token).value(value);
            case Result.Denied(String reason) -> to.u8(2).text(reason);
            case Result.Deadlock(List<String> cycle) -> {
                to.u8(3).i32(cycle.size());
                cycle.forEach(to::text);
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
            case Result.Entries _, Result.Locks _, Result.Sessions _, Result.Watched _ ->
                throw new IllegalStateException("answers of reads are not kept: " + result);
        }
    }

    static Result read(ByteReader from) throws StateFormatException {
        int kind = from.u8();
        return switch (kind) {
            case 1 -> new Result.Granted(from.i64(), from.i64(), from.value());
            case 2 -> new Result.Denied(from.text());
            case 3 -> {
                int count = from.i32();
                List<String> cycle = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    cycle.add(from.text());
                }
                yield new Result.Deadlock(List.copyOf(cycle));
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
            default -> throw from.malformed("result of kind " + kind + " found");
        };
    }
}
