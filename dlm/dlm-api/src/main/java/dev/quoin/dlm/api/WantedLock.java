package dev.quoin.dlm.api;

/** One of several locks asked for at once. */
public record WantedLock(ResourceName resource, LockMode mode) {}
