package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.WantedLock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Several new locks in one step: all or none, or as many as can be granted. None of them waits. */
final class ManyLocks {

    private final LockTable table;

    ManyLocks(LockTable table) {
        this.table = table;
    }

    void acquire(SessionState session, long sequence, Operation.AcquireMany operation) {
        table.out.answer(session, sequence, result(session, operation));
    }

    private Result result(SessionState session, Operation.AcquireMany operation) {
        List<WantedLock> wanted = operation.wanted();
        LockspaceState space = table.space(operation.lockspace());
        if (space == null) {
            return LockTable.noSpace(operation.lockspace());
        }
        Set<ResourceName> names = new HashSet<>();
        wanted.forEach(one -> names.add(one.resource()));
        if (wanted.isEmpty() || wanted.size() > Lockspace.WANTED_MAX || names.size() < wanted.size()) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    wanted.size() + " locks on " + names.size() + " resources asked for, 1 to " + Lockspace.WANTED_MAX
                            + " on as many resources expected");
        }
        Result overfull = table.overfull(session, wanted.size());
        if (overfull != null) {
            return overfull;
        }
        if (operation.all()) {
            for (int i = 0; i < wanted.size(); i++) {
                if (!isFree(space, wanted.get(i))) {
                    return none(space, wanted, i);
                }
            }
        }
        List<Result> each = new ArrayList<>(wanted.size());
        for (WantedLock one : wanted) {
            each.add(isFree(space, one) ? grant(session, space, one) : denied(space, one));
        }
        return new Result.GrantedMany(List.copyOf(each), -1);
    }

    private static boolean isFree(LockspaceState space, WantedLock wanted) {
        Resource resource = space.resources.get(wanted.resource());
        return resource == null
                || (resource.converting.isEmpty()
                        && resource.waiting.isEmpty()
                        && resource.allows(wanted.mode(), (LockMode) null));
    }

    private static Result none(LockspaceState space, List<WantedLock> wanted, int refusedBy) {
        List<Result> each = new ArrayList<>(wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            each.add(
                    i == refusedBy
                            ? denied(space, wanted.get(i))
                            : new Result.Denied("another of the locks asked for is not free"));
        }
        return new Result.GrantedMany(List.copyOf(each), refusedBy);
    }

    private static Result denied(LockspaceState space, WantedLock wanted) {
        Resource resource = space.resources.get(wanted.resource());
        return new Result.Denied(
                resource == null
                        ? "others wait before this request"
                        : LockTable.whyDenied(resource, wanted.mode(), null));
    }

    private Result grant(SessionState session, LockspaceState space, WantedLock wanted) {
        Resource resource = table.resource(space, null, wanted.resource());
        LockState lock = new LockState(table.nextLock++, session, resource, false, 0, false, null);
        table.admit(lock);
        return table.hold(lock, wanted.mode());
    }
}
