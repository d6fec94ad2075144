package dev.quoin.dlm.client.session;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.proto.Change;
import dev.quoin.dlm.proto.Commit;
import dev.quoin.dlm.proto.Guard;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.RevisionIs;
import dev.quoin.dlm.proto.TokenHeld;
import java.util.concurrent.CompletableFuture;

/** A registry transaction that has not been answered. */
final class CommitPending extends Pending {
    private final Transaction transaction;
    final CompletableFuture<TransactionOutcome> outcome = new CompletableFuture<>();

    CommitPending(Transaction transaction) {
        super(Operation.newBuilder().setCommit(message(transaction)));
        this.transaction = transaction;
    }

    @Override
    void answered(Result result, boolean late) {
        outcome.complete(outcome(result));
    }

    private TransactionOutcome outcome(Result result) {
        if (result.hasCommitted()) {
            return new TransactionOutcome.Committed(result.getCommitted().getRevision());
        }
        if (result.hasConflict()) {
            return new TransactionOutcome.Conflict(
                    transaction.guards().get(result.getConflict().getGuard()),
                    result.getConflict().getFound());
        }
        if (result.hasRefused()) {
            return new TransactionOutcome.Refused(
                    DlmException.Code.of(result.getRefused().getCode()),
                    result.getRefused().getReason());
        }
        return new TransactionOutcome.Indeterminate(
                "an answer of kind " + result.getKindCase() + " came to a transaction");
    }

    @Override
    void failed(Failure failure, String reason) {
        outcome.complete(
                switch (failure) {
                    case SESSION_LOST ->
                        sequence == 0
                                ? new TransactionOutcome.Refused(DlmException.Code.SESSION_LOST, reason)
                                : new TransactionOutcome.Indeterminate("the session was lost: " + reason);
                    case NO_QUORUM -> new TransactionOutcome.NoQuorum(reason);
                    case INDETERMINATE -> new TransactionOutcome.Indeterminate(reason);
                });
    }

    private static Commit message(Transaction transaction) {
        Commit.Builder commit = Commit.newBuilder();
        for (Transaction.Guard guard : transaction.guards()) {
            commit.addGuards(
                    switch (guard) {
                        case Transaction.Guard.RevisionIs(String key, long revision) ->
                            Guard.newBuilder()
                                    .setRevisionIs(
                                            RevisionIs.newBuilder().setKey(key).setRevision(revision));
                        case Transaction.Guard.TokenHeld(var lockspace, var resource, var token, long lock) ->
                            Guard.newBuilder()
                                    .setTokenHeld(TokenHeld.newBuilder()
                                            .setLockspace(lockspace)
                                            .setResource(ByteString.copyFrom(resource.bytes()))
                                            .setToken(token.value())
                                            .setLock(lock));
                    });
        }
        for (Transaction.Operation operation : transaction.operations()) {
            commit.addChanges(
                    switch (operation) {
                        case Transaction.Operation.Put(String key, byte[] value) ->
                            Change.newBuilder().setKey(key).setValue(ByteString.copyFrom(value));
                        case Transaction.Operation.Delete(String key) ->
                            Change.newBuilder().setKey(key);
                    });
        }
        return commit.build();
    }
}
