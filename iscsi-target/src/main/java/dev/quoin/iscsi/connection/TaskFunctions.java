package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.SenseCode;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.unit.ServedUnit;
import dev.quoin.iscsi.wire.LunField;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Task management (RFC 7143 11.5, 11.6; SAM-5 7). Connection's thread only.
 *
 * <p>There is a task set for each I_T nexus, which the control mode page says (TST). So CLEAR TASK SET, as ABORT TASK SET, is about
 * the commands of the nexus that asks, and nobody else has to be told (SAM-5 7.4).
 *
 * <p>A function is answered when no aborted command can change a block any more. A command that waits for data is gone at once;
 * one in the device ends there unanswered, and the function waits for that.
 */
final class TaskFunctions {

    /** What a function came to, maybe later. */
    record Result(int response, CompletableFuture<Void> when) {

        static Result now(int response) {
            return new Result(response, CompletableFuture.completedFuture(null));
        }
    }

    private final TargetContext target;
    private final Session session;
    private final TaskSet tasks;

    TaskFunctions(TargetContext target, Session session, TaskSet tasks) {
        this.target = target;
        this.session = session;
        this.tasks = tasks;
    }

    /** Does what the request asks for. */
    Result run(Request.TaskManagement request) {
        int unit = LunField.decode(request.lun());
        boolean known = session.units().get(unit) != null;
        return switch (request.function()) {
            case Request.TaskManagement.ABORT_TASK -> abortTask(request, unit);
            case Request.TaskManagement.ABORT_TASK_SET, Request.TaskManagement.CLEAR_TASK_SET ->
                known
                        ? new Result(Response.TaskManagementResponse.COMPLETE, tasks.abortAll(unit))
                        : Result.now(Response.TaskManagementResponse.NO_LUN);
            case Request.TaskManagement.LOGICAL_UNIT_RESET ->
                known ? reset(unit) : Result.now(Response.TaskManagementResponse.NO_LUN);
            case Request.TaskManagement.TARGET_WARM_RESET, Request.TaskManagement.TARGET_COLD_RESET ->
                reset(Session.ALL_UNITS);
            case Request.TaskManagement.TASK_REASSIGN -> Result.now(Response.TaskManagementResponse.NO_REASSIGN);
            default -> Result.now(Response.TaskManagementResponse.NOT_SUPPORTED);
        };
    }

    private Result abortTask(Request.TaskManagement request, int unit) {
        Task task = tasks.get(request.referencedTaskTag());
        if (task == null || task.unit().number() != unit) {
            return Result.now(Response.TaskManagementResponse.NO_TASK);
        }
        return new Result(
                Response.TaskManagementResponse.COMPLETE, tasks.abort(task).handle((nothing, failure) -> null));
    }

    /** Aborts in all sessions that have the units, through whatever target, and tells them. */
    private Result reset(int unit) {
        List<ServedUnit> its = session.units().all().stream()
                .filter(served -> unit == Session.ALL_UNITS || served.number() == unit)
                .toList();
        List<CompletableFuture<Void>> aborts = new ArrayList<>();
        if (unit == Session.ALL_UNITS) {
            // Also of units that were taken away from a session, and with which it is not done yet.
            target.sessions().all().stream()
                    .filter(each -> each != session)
                    .forEach(each -> aborts.add(each.abortTasks(Session.ALL_UNITS)));
        }
        for (Session each : target.everybody().get()) {
            for (ServedUnit served : its) {
                aborts.add(each == session ? tasks.abortAll(served.state()) : each.abortTasks(served.state()));
                each.units()
                        .numbersOf(served.state())
                        .forEach(number -> each.attentions().add(number, SenseCode.BUS_DEVICE_RESET_OCCURRED));
            }
        }
        its.forEach(ServedUnit::reset);
        return new Result(
                Response.TaskManagementResponse.COMPLETE,
                CompletableFuture.allOf(aborts.toArray(CompletableFuture[]::new)));
    }
}
