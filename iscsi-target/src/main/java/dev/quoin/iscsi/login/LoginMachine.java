package dev.quoin.iscsi.login;

import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The target's side of one login (RFC 7143 6.3): takes requests, gives responses. Not for use by several threads.
 *
 * <pre>
 *   start ──► SECURITY (0) ──► OPERATIONAL (1) ──► FULL FEATURE (3)
 *      └──────────────────────────┘    security may be left out only where it is optional
 * </pre>
 */
public final class LoginMachine {

    /** The most text in one run of requests with the C bit, in bytes. */
    public static final int TEXT_BYTES_MAX = 64 << 10;

    /** The most requests in one login. */
    public static final int REQUESTS_MAX = 64;

    /** The longest data segment of a login request or response, in bytes. */
    public static final int SEGMENT_BYTES_MAX = SessionParameters.DEFAULT_SEGMENT_LENGTH;

    private static final int SECURITY = 0;
    private static final int OPERATIONAL = 1;
    private static final int FULL_FEATURE = 3;
    private static final int NAME_BYTES_MAX = 223;

    /** What to do after a request. */
    public sealed interface Step {
        /** The header to send. */
        Response.LoginResponse response();
    }

    /** Send this and wait for the next request. */
    public record Continue(Response.LoginResponse response, byte[] data) implements Step {}

    /** Send this, with the number of the session in it, once the session exists. */
    public record Established(Response.LoginResponse response, byte[] data, LoginResult result) implements Step {}

    /** Send this and close the connection. */
    public record Refused(Response.LoginResponse response, byte[] data, LoginStatus status, String why)
            implements Step {}

    private final LoginPolicy policy;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final Set<String> seen = new HashSet<>();
    private Request.@Nullable Login first;
    private @Nullable Negotiation negotiation;
    private LoginPolicy.@Nullable Accepted accepted;
    private int stage = -1;
    private int requests;
    private int statSn;
    private boolean proven;
    private boolean declared;
    private String initiatorName = "";
    private String targetName = "";
    private boolean discovery;

    /** A machine that has seen nothing yet. */
    public LoginMachine(LoginPolicy policy) {
        this.policy = policy;
    }

    /** The name that the initiator gave; empty before it did. */
    public String initiatorName() {
        return initiatorName;
    }

    /** Takes one login request with its data segment. */
    public Step receive(Request.Login request, byte[] data) {
        if (first == null) {
            statSn = request.expStatSn();
        }
        String fault = sequenceFault(request);
        first = first == null ? request : first;
        if (fault != null) {
            return refuse(request, LoginStatus.INITIATOR_ERROR, fault);
        }
        if (request.versionMin() > 0) {
            return refuse(request, LoginStatus.UNSUPPORTED_VERSION, "VersionMin " + request.versionMin());
        }
        if (text.size() + data.length > TEXT_BYTES_MAX) {
            return refuse(request, LoginStatus.OUT_OF_RESOURCES, "more than " + TEXT_BYTES_MAX + " bytes of keys");
        }
        text.writeBytes(data);
        if (request.continues()) {
            return new Continue(response(request, false, LoginStatus.SUCCESS), new byte[0]);
        }
        byte[] all = text.toByteArray();
        text.reset();
        return switch (TextKeys.parse(all)) {
            case Malformed bad -> refuse(request, LoginStatus.INITIATOR_ERROR, bad.field() + " " + bad.reason());
            case TextKeys keys -> exchange(request, keys);
        };
    }

    /** The refusal to send in place of the last response of a login, when the session cannot be made. */
    public static Response.LoginResponse refusal(Response.LoginResponse instead, LoginStatus status) {
        return new Response.LoginResponse(
                false,
                false,
                instead.currentStage(),
                0,
                0,
                0,
                instead.isid(),
                0,
                instead.initiatorTaskTag(),
                instead.statSn(),
                instead.expCmdSn(),
                instead.maxCmdSn(),
                status.statusClass(),
                status.statusDetail());
    }

    private @Nullable String sequenceFault(Request.Login request) {
        if (++requests > REQUESTS_MAX) {
            return "more than " + REQUESTS_MAX + " requests";
        }
        if (request.continues() && request.transit()) {
            return "C and T bit together";
        }
        if (first == null) {
            stage = request.currentStage();
            return stage == FULL_FEATURE ? "CSG 3" : null;
        }
        if (request.currentStage() != stage) {
            return "CSG " + request.currentStage() + " in stage " + stage;
        }
        boolean same = request.isid() == first.isid()
                && request.tsih() == first.tsih()
                && request.connectionId() == first.connectionId()
                && request.initiatorTaskTag() == first.initiatorTaskTag();
        return same ? null : "ISID, TSIH, CID or task tag changed";
    }

    private Step exchange(Request.Login request, TextKeys keys) {
        for (TextKeys.Pair pair : keys.pairs()) {
            if (!seen.add(pair.key())) {
                return refuse(request, LoginStatus.INITIATOR_ERROR, "key " + pair.key() + " twice");
            }
        }
        List<TextKeys.Pair> answers = new ArrayList<>();
        LoginPolicy.Accepted by = accepted;
        if (by == null) {
            switch (identify(request, keys)) {
                case Ended(Refused refused) -> {
                    return refused;
                }
                case Identified(LoginPolicy.Accepted found) -> by = found;
            }
            accepted = by;
        }
        SecurityStage security = by.security();
        if (stage == OPERATIONAL && !proven && !security.optional()) {
            return refuse(request, LoginStatus.AUTHENTICATION_FAILURE, "security stage left out, a proof expected");
        }
        Negotiation agreed = negotiation;
        if (agreed == null) {
            if (!discovery) {
                answers.add(new TextKeys.Pair("TargetPortalGroupTag", String.valueOf(policy.portalGroup())));
            }
            agreed = new Negotiation(discovery, policy.incarnation(), by.joined());
            negotiation = agreed;
        }
        List<TextKeys.Pair> proofs = new ArrayList<>();
        for (TextKeys.Pair pair : keys.pairs()) {
            switch (pair.key()) {
                case "InitiatorName", "TargetName", "SessionType" -> {}
                default -> {
                    if (security.knows(pair.key())) {
                        proofs.add(pair);
                    } else {
                        String value = agreed.answer(pair.key(), pair.value());
                        if (value != null) {
                            answers.add(new TextKeys.Pair(pair.key(), value));
                        }
                    }
                }
            }
        }
        if (stage == SECURITY && !proven) {
            switch (security.step(initiatorName, proofs)) {
                case SecurityStage.More(List<TextKeys.Pair> more) -> answers.addAll(more);
                case SecurityStage.Proven(List<TextKeys.Pair> last) -> {
                    answers.addAll(last);
                    proven = true;
                }
                case SecurityStage.Failed(String why) -> {
                    return refuse(request, LoginStatus.AUTHENTICATION_FAILURE, why);
                }
            }
        }
        return advance(request, answers, agreed);
    }

    /** What the names of a login come to. */
    private sealed interface Identity {}

    private record Identified(LoginPolicy.Accepted by) implements Identity {}

    private record Ended(Refused refused) implements Identity {}

    /** Checks the names of the first whole set of keys (RFC 7143 6.3.1, 13.4 to 13.6, 13.21). */
    private Identity identify(Request.Login request, TextKeys keys) {
        String initiator = keys.value("InitiatorName");
        String target = keys.value("TargetName");
        String type = keys.value("SessionType");
        if (initiator == null || initiator.isEmpty()) {
            return ended(request, LoginStatus.MISSING_PARAMETER, "no InitiatorName");
        }
        if (initiator.length() > NAME_BYTES_MAX) {
            return ended(request, LoginStatus.INITIATOR_ERROR, "InitiatorName of " + initiator.length());
        }
        if (initiator.chars().anyMatch(Character::isISOControl)) {
            return ended(request, LoginStatus.INITIATOR_ERROR, "InitiatorName with control characters");
        }
        initiatorName = initiator;
        if (type != null && !type.equals("Normal") && !type.equals("Discovery")) {
            return ended(request, LoginStatus.SESSION_TYPE_NOT_SUPPORTED, "SessionType");
        }
        discovery = "Discovery".equals(type);
        if (!discovery) {
            if (target == null || target.isEmpty()) {
                return ended(request, LoginStatus.MISSING_PARAMETER, "no TargetName");
            }
            targetName = target;
        }
        var applicant =
                new LoginPolicy.Applicant(initiator, request.isid(), request.tsih(), discovery ? null : targetName);
        return switch (policy.judge(applicant)) {
            case LoginPolicy.Accepted goesOn -> new Identified(goesOn);
            case LoginPolicy.Denied(LoginStatus status, String why) -> ended(request, status, why);
            case LoginPolicy.Moved(LoginStatus status, String address) -> {
                // RFC 7143 11.13.5, 13.8: the address comes with the status and without a group, and the connection
                // ends.
                byte[] where = new TextKeys(List.of(new TextKeys.Pair("TargetAddress", address))).bytes();
                yield new Ended(new Refused(response(request, false, status), where, status, "moved to " + address));
            }
        };
    }

    private Ended ended(Request.Login request, LoginStatus status, String why) {
        return new Ended(refuse(request, status, why));
    }

    private Step advance(Request.Login request, List<TextKeys.Pair> answers, Negotiation agreed) {
        boolean transit = request.transit() && (stage != SECURITY || proven);
        if (stage == OPERATIONAL && !declared) {
            declared = true;
            answers.add(new TextKeys.Pair(
                    "MaxRecvDataSegmentLength", String.valueOf(SessionParameters.MAX_RECEIVE_LENGTH)));
        }
        byte[] data = new TextKeys(answers).bytes();
        if (data.length > SEGMENT_BYTES_MAX) {
            return refuse(request, LoginStatus.INITIATOR_ERROR, "answers of " + data.length + " bytes");
        }
        Response.LoginResponse response = response(request, transit, LoginStatus.SUCCESS);
        if (!transit) {
            return new Continue(response, data);
        }
        stage = request.nextStage();
        if (stage != FULL_FEATURE) {
            return new Continue(response, data);
        }
        LoginResult result = new LoginResult(
                initiatorName,
                targetName,
                policy.portalGroup(),
                discovery,
                request.isid(),
                request.tsih(),
                request.connectionId(),
                request.cmdSn(),
                statSn,
                agreed.parameters());
        return new Established(response, data, result);
    }

    private Refused refuse(Request.Login request, LoginStatus status, String why) {
        return new Refused(response(request, false, status), new byte[0], status, why);
    }

    private Response.LoginResponse response(Request.Login request, boolean transit, LoginStatus status) {
        return new Response.LoginResponse(
                transit,
                false,
                request.currentStage(),
                transit ? request.nextStage() : 0,
                0,
                0,
                request.isid(),
                request.tsih(),
                request.initiatorTaskTag(),
                statSn++,
                request.cmdSn(),
                request.cmdSn() + (accepted == null ? 1 : accepted.commandWindow()) - 1,
                status.statusClass(),
                status.statusDetail());
    }
}
