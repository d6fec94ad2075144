package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.ResourceName;
import org.jspecify.annotations.Nullable;

/** Operations with little to say, as tests ask for them, in lockspace 0. */
final class Asks {

    private Asks() {}

    static Operation.Acquire acquire(String resource, LockMode mode) {
        return acquire(resource, mode, Queue.WAIT, 0);
    }

    static Operation.Acquire acquire(String resource, LockMode mode, Queue queue) {
        return acquire(resource, mode, queue, 0);
    }

    static Operation.Acquire acquire(String resource, LockMode mode, Queue queue, long owner) {
        return new Operation.Acquire(0, ResourceName.of(resource), mode, queue, true, owner, false, 0);
    }

    static Operation.Acquire persistent(String resource, LockMode mode) {
        return new Operation.Acquire(0, ResourceName.of(resource), mode, Queue.WAIT, true, 0, true, 0);
    }

    static Operation.Acquire under(long parent, String resource, LockMode mode) {
        return new Operation.Acquire(0, ResourceName.of(resource), mode, Queue.WAIT, true, 0, false, parent);
    }

    static Operation.Convert convert(long lock, LockMode mode) {
        return convert(lock, mode, Queue.WAIT);
    }

    static Operation.Convert convert(long lock, LockMode mode, Queue queue) {
        return new Operation.Convert(lock, mode, queue, null, 0, false);
    }

    static Operation.Release release(long lock) {
        return new Operation.Release(lock, null, false);
    }

    static Operation.SetRange range(long owner, long start, long end, @Nullable Kind kind, boolean waits) {
        return new Operation.SetRange(0, ResourceName.of("file"), owner, new ByteRange(start, end), kind, waits);
    }

    static long lock(Result result) {
        assertThat(result).isInstanceOf(Result.Granted.class);
        return ((Result.Granted) result).lock();
    }

    static Code refusal(Result result) {
        assertThat(result).isInstanceOf(Result.Refused.class);
        return ((Result.Refused) result).code();
    }
}
