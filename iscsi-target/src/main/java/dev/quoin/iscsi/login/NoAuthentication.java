package dev.quoin.iscsi.login;

import dev.quoin.iscsi.wire.TextKeys;
import java.util.Arrays;
import java.util.List;

/** The security stage of a target that takes initiators at their word: AuthMethod=None (RFC 7143 12.1). */
public final class NoAuthentication implements SecurityStage {

    private static final String AUTH_METHOD = "AuthMethod";
    private static final String NONE = "None";

    @Override
    public boolean optional() {
        return true;
    }

    @Override
    public boolean knows(String key) {
        return key.equals(AUTH_METHOD);
    }

    @Override
    public Step step(String initiatorName, List<TextKeys.Pair> keys) {
        if (keys.isEmpty()) {
            return new Proven(List.of());
        }
        boolean offered = Arrays.asList(keys.getFirst().value().split(",", -1)).contains(NONE);
        return offered
                ? new Proven(List.of(new TextKeys.Pair(AUTH_METHOD, NONE)))
                : new Failed("AuthMethod without None offered, and no user of CHAP is configured");
    }
}
