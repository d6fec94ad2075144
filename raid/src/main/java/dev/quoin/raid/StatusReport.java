package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;

/** Puts together how an array is. */
final class StatusReport {

    private StatusReport() {}

    static ArrayStatus of(ArrayCore core, ArrayStatus.Activity activity) {
        // Before the members: one that takes a role meanwhile is in both rather than in none.
        List<String> spares = core.membership.spares().stream()
                .map(spare -> spare.device().name())
                .toList();
        List<ArrayStatus.MemberStatus> members = new ArrayList<>();
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.members.get(role);
            boolean writeMostly = core.membership.isWriteMostly(role);
            Member copy = core.copies.get(role);
            String replacement = copy == null ? null : copy.device.name();
            members.add(
                    member == null
                            ? new ArrayStatus.MemberStatus(
                                    role, null, null, RoleState.FAILED, 0, writeMostly, replacement)
                            : new ArrayStatus.MemberStatus(
                                    role,
                                    member.device.name(),
                                    member.device.serialNumber().orElse(null),
                                    member.state(),
                                    member.badBlocks.count(),
                                    writeMostly,
                                    replacement));
        }
        Counts c = core.counts;
        Member rebuilding = core.rebuilding();
        long done = rebuilding == null ? 0 : rebuilding.rebuilt.below();
        done = core.frontier == null ? done : core.frontier.position();
        long bandBytes = core.map.bandBytes();
        return new ArrayStatus(
                core.name,
                core.uuid,
                core.map.level(),
                core.size(),
                core.map.chunkBytes(),
                core.policy,
                health(core),
                activity,
                done * bandBytes,
                core.bandCount * bandBytes,
                core.membership.recordedEvents(),
                core.intent.regions(),
                members,
                spares,
                new ArrayStatus.Counters(
                        c.blocksRead.sum(),
                        c.blocksWritten.sum(),
                        c.checksumErrors.sum(),
                        c.readErrors.sum(),
                        c.repaired.sum(),
                        c.unrepairable.sum(),
                        c.journalBatches.sum(),
                        c.journalSyncs.sum(),
                        c.checkpoints.sum()));
    }

    private static ArrayStatus.Health health(ArrayCore core) {
        if (core.dead() != null) {
            return ArrayStatus.Health.FAILED;
        }
        return core.isOptimal() ? ArrayStatus.Health.OPTIMAL : ArrayStatus.Health.DEGRADED;
    }
}
