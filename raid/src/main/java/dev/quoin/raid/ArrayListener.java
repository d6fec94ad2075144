package dev.quoin.raid;

/** Is told what happens to an array, on whatever thread it happens. Must not block and must not throw. */
@FunctionalInterface
public interface ArrayListener {
    void onEvent(ArrayEvent event);
}
