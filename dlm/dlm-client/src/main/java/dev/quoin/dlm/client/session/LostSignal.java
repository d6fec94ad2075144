package dev.quoin.dlm.client.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Something that can be lost once, and those who want to hear of it. Any thread may use it. */
final class LostSignal {

    private final Executor callbacks;
    private @Nullable List<Runnable> listeners;
    private volatile boolean raised;

    LostSignal(Executor callbacks) {
        this.callbacks = callbacks;
    }

    boolean isRaised() {
        return raised;
    }

    void listen(Runnable listener) {
        synchronized (this) {
            if (!raised) {
                if (listeners == null) {
                    listeners = new ArrayList<>(1);
                }
                listeners.add(listener);
                return;
            }
        }
        callbacks.execute(listener);
    }

    void raise() {
        List<Runnable> all;
        synchronized (this) {
            raised = true;
            all = listeners == null ? List.of() : listeners;
            listeners = null;
        }
        all.forEach(callbacks::execute);
    }
}
