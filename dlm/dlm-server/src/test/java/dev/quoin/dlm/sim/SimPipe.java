package dev.quoin.dlm.sim;

import java.util.function.Consumer;

/**
 * A connection between two nodes: what one end sends comes out at the other, in order and once, or the connection breaks and both ends hear
 * of it, perhaps late. One that runs into a cut breaks.
 *
 * @param <A> what the connecting end sends
 * @param <B> what the accepting end sends
 */
public final class SimPipe<A, B> {

    /** So much later an end may hear that the other is cut off. */
    private static final long LATE = 8 * World.SECOND;

    private final World world;
    private final SimNode connecting;
    private final SimNode accepting;
    private final Consumer<B> toConnecting;
    private final Runnable connectingEnded;
    private Consumer<A> toAccepting = frame -> {};
    private Runnable acceptingEnded = () -> {};
    private long busyToAccepting;
    private long busyToConnecting;
    private boolean broken;

    public SimPipe(SimNode connecting, SimNode accepting, Consumer<B> toConnecting, Runnable connectingEnded) {
        world = connecting.world();
        this.connecting = connecting;
        this.accepting = accepting;
        this.toConnecting = toConnecting;
        this.connectingEnded = connectingEnded;
    }

    /** The accepting end is there. */
    public void accepted(Consumer<A> frames, Runnable ended) {
        toAccepting = frames;
        acceptingEnded = ended;
    }

    public void sendToAccepting(A frame) {
        busyToAccepting = Math.max(busyToAccepting + 1, world.now() + world.delay());
        deliver(connecting, accepting, busyToAccepting, () -> toAccepting.accept(frame));
    }

    public void sendToConnecting(B frame) {
        busyToConnecting = Math.max(busyToConnecting + 1, world.now() + world.delay());
        deliver(accepting, connecting, busyToConnecting, () -> toConnecting.accept(frame));
    }

    private void deliver(SimNode from, SimNode to, long at, Runnable task) {
        if (broken) {
            return;
        }
        if (world.chance(world.troubles.breaks())) {
            breakDown(0);
            return;
        }
        world.after(at - world.now(), to, "", () -> {
            if (broken) {
                return;
            }
            if (world.isCut(from, to)) {
                breakDown(LATE);
            } else {
                task.run();
            }
        });
    }

    /** The accepting end has sent its last; what is on its way still arrives. */
    public void finish() {
        world.after(Math.max(0, busyToConnecting - world.now()) + 1, connecting, "pipe finished", () -> breakDown(0));
    }

    /** Both ends hear of it, each after a while of its own. */
    public void breakDown(long late) {
        if (!broken) {
            broken = true;
            world.after(world.delay() + chance(late), connecting, "pipe broken", connectingEnded);
            world.after(world.delay() + chance(late), accepting, "pipe broken", acceptingEnded);
        }
    }

    private long chance(long late) {
        return late == 0 ? 0 : world.random.nextLong(late);
    }

    public boolean isBroken() {
        return broken;
    }
}
