package dev.quoin.raid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where writes may be put in place before they are recorded: ranges of bands whose bits of the {@link IntentBitmap} are durable.
 *
 * <p>After a power cut something that was never recorded may lie there, which is taken away by the next start. A window is opened for
 * who writes band after band, and the next one when half of it is used; so its bits are made durable by a flush that comes
 * anyway or costs little, and nobody waits for it: what comes before goes through the journal.
 *
 * <p>Its lock is held for a few instructions, also by who has the locks of the journal and the {@link Intent}, and never the other way
 * round.
 */
final class PlacingWindows {

    /** How many windows there are at once. */
    static final int WINDOWS_MAX = 8;

    /** How far a window reaches, in bytes of a member. */
    static final long WINDOW_BYTES = 64L * 1024 * 1024;

    private static final int MISSES_KEPT = 16;
    /** As many requests of a stream may come out of order. */
    private static final int MISSED_BEFORE = 32;

    private final ArrayCore core;
    private final long length;
    private final List<Window> windows = new ArrayList<>();
    private final ArrayDeque<Long> misses = new ArrayDeque<>();
    private boolean eager;
    private int bytesMin = PlacedWrite.BYTES_MIN;

    PlacingWindows(ArrayCore core) {
        this.core = core;
        this.length = Math.max(2, WINDOW_BYTES / core.map.bandBytes());
    }

    /** The bands from one on, up to but not including another. */
    record Range(long from, long end) {}

    private static final class Window {
        private final Range range;
        /** The events of the array when it was opened: a member that has come since may not have the bits. */
        private final long events;

        private boolean open;
        private int inUse;

        Window(Range range, long events) {
            this.range = range;
            this.events = events;
        }

        boolean contains(long band) {
            return band >= range.from && band < range.end;
        }
    }

    /** For tests: writes of any length count, and the first one opens a window. */
    synchronized void beEager() {
        eager = true;
        bytesMin = 1;
    }

    /** How many bytes a write must have at least to be put in place before it is recorded. */
    synchronized int bytesMin() {
        return bytesMin;
    }

    /** Whether the band is in a window; then the window stays until {@link #leave}. */
    synchronized boolean enter(long band) {
        Window window = windowOf(band);
        if (window == null || !window.open || window.events != core.membership.recordedEvents()) {
            return false;
        }
        window.inUse++;
        return true;
    }

    /** Ends a use of the window of a band. */
    synchronized void leave(long band) {
        Window window = windowOf(band);
        if (window == null || window.inUse == 0) {
            throw new IllegalStateException("band " + band + " was not entered");
        }
        window.inUse--;
    }

    /**
     * Opens a window if writes to this band and those behind it are to have one.
     *
     * @return who is to be told when the next record is durable; null if no window is opened
     */
    @Nullable Completion next(long band) {
        Window window = opened(band);
        if (window == null) {
            return null;
        }
        core.intent.mark(window.range.from, window.range.end);
        return failure -> {
            synchronized (this) {
                window.open = true;
            }
        };
    }

    private synchronized @Nullable Window opened(long band) {
        long events = core.membership.recordedEvents();
        windows.removeIf(window -> window.open && window.inUse == 0 && window.events != events);
        Window here = windowOf(band);
        long from = here == null ? band : here.range.end;
        boolean isSoon = here != null && band >= (here.range.from + here.range.end) / 2;
        if (!(here == null ? isStream(band) : isSoon) || from >= core.bandCount || windowOf(from) != null) {
            return null;
        }
        if (windows.stream().anyMatch(window -> !window.open) || (windows.size() == WINDOWS_MAX && !giveOneUp())) {
            return null;
        }
        Window window = new Window(new Range(from, Math.min(from + length, core.bandCount)), events);
        windows.add(window);
        return window;
    }

    /** Whether bands shortly before were written to as well. */
    private boolean isStream(long band) {
        boolean stream = eager || misses.stream().anyMatch(miss -> miss < band && band - miss <= MISSED_BEFORE);
        if (misses.size() == MISSES_KEPT) {
            misses.remove();
        }
        misses.add(band);
        return stream;
    }

    /** The oldest that is not in use. */
    private boolean giveOneUp() {
        for (Window window : windows) {
            if (window.inUse == 0) {
                return windows.remove(window);
            }
        }
        return false;
    }

    private @Nullable Window windowOf(long band) {
        for (Window window : windows) {
            if (window.contains(band)) {
                return window;
            }
        }
        return null;
    }

    /** All windows, those too that are not open yet. */
    synchronized List<Range> ranges() {
        return windows.stream().map(window -> window.range).toList();
    }
}
