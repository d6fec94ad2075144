package dev.quoin.dlm.sim;

import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ValueBlock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What clients believe to hold, looked at after each event: no two may believe what excludes each other, whatever has happened. */
final class Beliefs {

    /** One client's belief in one lock. */
    static final class Belief {
        final SimNode node;
        final String resource;
        final Held held;
        LockMode mode;

        Belief(SimNode node, String resource, Held held, LockMode mode) {
            this.node = node;
            this.resource = resource;
            this.held = held;
            this.mode = mode;
        }

        boolean stands() {
            return node.isRunning() && held.isValidFor(Duration.ZERO);
        }

        @Override
        public String toString() {
            return node + " holds " + resource + " in " + mode + " with token "
                    + held.token().value();
        }
    }

    private final World world;
    private final List<Belief> all = new ArrayList<>();
    private final Map<String, Long> highestToken = new HashMap<>();
    private final Map<String, Long> lastWritten = new HashMap<>();
    private int grants;

    Beliefs(World world) {
        this.world = world;
    }

    int grants() {
        return grants;
    }

    /** What a request must see if it is granted. */
    record Since(long token, long written) {}

    /** As of the moment of a request. */
    Since now(String resource) {
        return new Since(highestToken.getOrDefault(resource, 0L), lastWritten.getOrDefault(resource, 0L));
    }

    /** A grant has come to a client. */
    Belief granted(SimNode node, String resource, Held held, LockMode mode, Since since) {
        grants++;
        Belief belief = new Belief(node, resource, held, mode);
        all.add(belief);
        regranted(belief, since);
        return belief;
    }

    /** A conversion was granted. */
    void regranted(Belief belief, Since since) {
        long token = belief.held.token().value();
        world.note(belief.toString());
        if (token <= since.token()) {
            throw new IllegalStateException("token falls: " + belief + ", and " + since.token() + " was given before");
        }
        highestToken.merge(belief.resource, token, Math::max);
        ValueBlock value = belief.held.value();
        if (value.isValid() && value.bytes().length == Long.BYTES) {
            long written = ByteBuffer.wrap(value.bytes()).getLong();
            if (written < since.written() || written >= token) {
                throw new IllegalStateException("value of " + written + " seen by " + belief + ", and "
                        + since.written() + " was written and acknowledged before it asked");
            }
        }
        // No value at all is fine: it goes with the last lock on the resource.
    }

    /** What its holder leaves behind: its token. */
    static ValueBlock value(Belief belief) {
        return ValueBlock.of(ByteBuffer.allocate(Long.BYTES)
                .putLong(belief.held.token().value())
                .array());
    }

    /** A release that left a value was acknowledged. */
    void written(String resource, long token) {
        lastWritten.merge(resource, token, Math::max);
    }

    void drop(Belief belief) {
        all.remove(belief);
    }

    void dropAll(SimNode node) {
        all.removeIf(belief -> belief.node.equals(node));
    }

    /** Throws if two believe what cannot be. */
    void check() {
        for (int i = 0; i < all.size(); i++) {
            Belief one = all.get(i);
            for (int j = i + 1; j < all.size(); j++) {
                Belief other = all.get(j);
                if (one.resource.equals(other.resource)
                        && !one.mode.isCompatibleWith(other.mode)
                        && one.stands()
                        && other.stands()) {
                    throw new IllegalStateException("both believe: " + one + "; " + other);
                }
            }
        }
    }
}
