package dev.quoin.iscsi.login;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The target's side of the operational keys (RFC 7143 6.2, section 13). Not for use by several threads.
 *
 * <p>Each key is answered by its rule: the smaller or larger number, AND or OR of booleans, the first common entry of a list.
 * A value outside the key's range is answered with Reject and leaves the default in force.
 */
public final class Negotiation {

    /**
     * Asks which run of the target this is. The value is opaque; as long as it stays the same, writes that the target has
     * acknowledged are still there. An initiator uses it after a reconnect to tell a broken connection from a target that
     * lost what it had only in memory.
     */
    public static final String INCARNATION_KEY = "X-dev.quoin.incarnation";

    /** The most connections of one session. */
    public static final int CONNECTIONS_MAX = 8;

    private static final String REJECT = "Reject";
    private static final String IRRELEVANT = "Irrelevant";
    private static final String NOT_UNDERSTOOD = "NotUnderstood";

    /** The keys of a login, which nobody can change afterwards. */
    private static final Set<String> KEYS = Set.of(
            "AuthMethod",
            "InitiatorName",
            "InitiatorAlias",
            "TargetName",
            "TargetAlias",
            "TargetAddress",
            "TargetPortalGroupTag",
            "SessionType",
            "HeaderDigest",
            "DataDigest",
            "MaxConnections",
            "InitialR2T",
            "ImmediateData",
            "MaxRecvDataSegmentLength",
            "MaxBurstLength",
            "FirstBurstLength",
            "MaxOutstandingR2T",
            "DefaultTime2Wait",
            "DefaultTime2Retain",
            "DataPDUInOrder",
            "DataSequenceInOrder",
            "ErrorRecoveryLevel",
            "IFMarker",
            "OFMarker",
            "IFMarkInt",
            "OFMarkInt",
            "iSCSIProtocolLevel",
            "TaskReporting",
            INCARNATION_KEY);

    private static final int SEGMENT_MIN = 512;
    private static final int SEGMENT_MAX = 0xFF_FFFF;
    private static final int MAX_BURST = 1 << 20;
    private static final int FIRST_BURST = SessionParameters.MAX_RECEIVE_LENGTH;
    private static final int OUTSTANDING_R2T = 4;
    private static final int TIME_MAX = 3_600;

    private final boolean discovery;
    private final String incarnation;
    private final @Nullable SessionParameters joined;
    private int maxConnections = 1;
    private boolean headerDigest;
    private boolean dataDigest;
    private boolean initialR2t = true;
    private boolean immediateData = true;
    private int maxSend = SessionParameters.DEFAULT_SEGMENT_LENGTH;
    private int maxBurst = 262_144;
    private int firstBurst = 65_536;
    private int outstandingR2t = 1;
    private int time2Wait = 2;
    private int time2Retain;

    /**
     * A negotiation in which nothing was said yet.
     *
     * @param incarnation see {@link #INCARNATION_KEY}
     * @param joined what the session that the connection asks to join has agreed on; null for a new session
     */
    Negotiation(boolean discovery, String incarnation, @Nullable SessionParameters joined) {
        this.discovery = discovery;
        this.incarnation = incarnation;
        this.joined = joined;
    }

    /** The answer to a key that comes when the login is over: a key of the login comes too late (RFC 7143 6.2). */
    public static String answerAfterLogin(String key) {
        return KEYS.contains(key) ? REJECT : NOT_UNDERSTOOD;
    }

    /** The value to answer a key with, or null if it needs no answer. */
    public @Nullable String answer(String key, String value) {
        if (value.equals(REJECT) || value.equals(IRRELEVANT) || value.equals(NOT_UNDERSTOOD)) {
            return null; // The initiator's answer to what the target declared.
        }
        String kept = joined == null ? null : kept(key, value, joined);
        if (kept != null) {
            return kept;
        }
        return switch (key) {
            case "InitiatorAlias", "TargetAlias" -> null;
            case "HeaderDigest" -> {
                String chosen = digest(value);
                headerDigest = chosen.equals("CRC32C");
                yield chosen;
            }
            case "DataDigest" -> {
                String chosen = digest(value);
                dataDigest = chosen.equals("CRC32C");
                yield chosen;
            }
            case "MaxRecvDataSegmentLength" -> {
                int length = number(value, SEGMENT_MIN, SEGMENT_MAX);
                if (length < 0) {
                    yield REJECT;
                }
                maxSend = length;
                yield null; // A declaration: the target declares its own.
            }
            case "DefaultTime2Wait" -> {
                int offered = number(value, 0, TIME_MAX);
                time2Wait = offered < 0 ? time2Wait : Math.max(time2Wait, offered);
                yield offered < 0 ? REJECT : String.valueOf(time2Wait);
            }
            case "DefaultTime2Retain" -> number(value, 0, TIME_MAX) < 0 ? REJECT : String.valueOf(time2Retain);
            case "ErrorRecoveryLevel" -> number(value, 0, 2) < 0 ? REJECT : "0";
            case "IFMarker", "OFMarker" -> "No";
            case "IFMarkInt", "OFMarkInt" -> REJECT;
            case "iSCSIProtocolLevel" -> number(value, 0, 31) < 0 ? REJECT : "1";
            case "TaskReporting" -> list(value, List.of("RFC3720"));
            case INCARNATION_KEY -> incarnation;
            default -> discovery ? discoveryOnly(key) : normalOnly(key, value);
        };
    }

    /** The keys that mean something in a normal session only. */
    private String normalOnly(String key, String value) {
        return switch (key) {
            case "MaxConnections" -> {
                int offered = number(value, 1, 65_535);
                maxConnections = offered < 0 ? maxConnections : Math.min(CONNECTIONS_MAX, offered);
                yield offered < 0 ? REJECT : String.valueOf(maxConnections);
            }
            case "InitialR2T" -> {
                int offered = bool(value);
                initialR2t = offered < 0 ? initialR2t : offered == 1;
                yield offered < 0 ? REJECT : yesNo(initialR2t);
            }
            case "ImmediateData" -> {
                int offered = bool(value);
                immediateData = offered < 0 ? immediateData : offered == 1;
                yield offered < 0 ? REJECT : yesNo(immediateData);
            }
            case "MaxBurstLength" -> {
                int offered = number(value, SEGMENT_MIN, SEGMENT_MAX);
                maxBurst = offered < 0 ? maxBurst : Math.min(MAX_BURST, offered);
                yield offered < 0 ? REJECT : String.valueOf(maxBurst);
            }
            case "FirstBurstLength" -> {
                int offered = number(value, SEGMENT_MIN, SEGMENT_MAX);
                firstBurst = offered < 0 ? firstBurst : Math.min(FIRST_BURST, offered);
                yield offered < 0 ? REJECT : String.valueOf(firstBurst);
            }
            case "MaxOutstandingR2T" -> {
                int offered = number(value, 1, 65_535);
                outstandingR2t = offered < 0 ? outstandingR2t : Math.min(OUTSTANDING_R2T, offered);
                yield offered < 0 ? REJECT : String.valueOf(outstandingR2t);
            }
            case "DataPDUInOrder", "DataSequenceInOrder" -> bool(value) < 0 ? REJECT : "Yes";
            default -> NOT_UNDERSTOOD;
        };
    }

    /**
     * Answers a key that only the first connection of a session settles (RFC 7143 section 13: "LO"). What it settled stays: an offer
     * that would come to the same is answered so, another is rejected. Null for any other key.
     */
    private static @Nullable String kept(String key, String value, SessionParameters settled) {
        return switch (key) {
            case "MaxConnections" -> atMost(value, 65_535, settled.maxConnections());
            case "MaxBurstLength" -> atMost(value, SEGMENT_MAX, settled.maxBurstLength());
            case "FirstBurstLength" -> atMost(value, SEGMENT_MAX, settled.firstBurstLength());
            case "MaxOutstandingR2T" -> atMost(value, 65_535, settled.maxOutstandingR2t());
            case "InitialR2T" -> same(value, settled.initialR2t());
            case "ImmediateData" -> same(value, settled.immediateData());
            case "DefaultTime2Wait" ->
                number(value, 0, settled.time2Wait()) < 0 ? REJECT : String.valueOf(settled.time2Wait());
            default -> null;
        };
    }

    /** For a key whose smaller value counts. */
    private static String atMost(String value, int high, int settled) {
        return number(value, settled, high) < 0 ? REJECT : String.valueOf(settled);
    }

    private static String same(String value, boolean settled) {
        return bool(value) == (settled ? 1 : 0) ? value : REJECT;
    }

    private static String discoveryOnly(String key) {
        return switch (key) {
            case "MaxConnections",
                    "InitialR2T",
                    "ImmediateData",
                    "MaxBurstLength",
                    "FirstBurstLength",
                    "MaxOutstandingR2T",
                    "DataPDUInOrder",
                    "DataSequenceInOrder" -> IRRELEVANT;
            default -> NOT_UNDERSTOOD;
        };
    }

    /** What was agreed on so far. */
    public SessionParameters parameters() {
        return new SessionParameters(
                maxConnections,
                headerDigest,
                dataDigest,
                initialR2t,
                immediateData,
                maxSend,
                maxBurst,
                Math.min(firstBurst, maxBurst),
                outstandingR2t,
                time2Wait,
                time2Retain);
    }

    private static String digest(String offered) {
        return list(offered, List.of("CRC32C", "None"));
    }

    /** The first entry of the offer that is known: the order is the initiator's wish (RFC 7143 6.2.1). */
    private static String list(String offered, List<String> known) {
        for (String entry : offered.split(",", -1)) {
            if (known.contains(entry)) {
                return entry;
            }
        }
        return REJECT;
    }

    /** A number, decimal or hexadecimal, inside the range; -1 for everything else. */
    public static int number(String value, int low, int high) {
        boolean hex = value.startsWith("0x") || value.startsWith("0X");
        String digits = hex ? value.substring(2) : value;
        if (digits.isEmpty() || digits.length() > 10) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, hex ? 16 : 10) : -1;
            if (digit < 0) {
                return -1;
            }
            number = number * (hex ? 16 : 10) + digit;
        }
        return number < low || number > high ? -1 : (int) number;
    }

    private static int bool(String value) {
        return switch (value) {
            case "Yes" -> 1;
            case "No" -> 0;
            default -> -1;
        };
    }

    private static String yesNo(boolean value) {
        return value ? "Yes" : "No";
    }
}
