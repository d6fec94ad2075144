/**
 * The engine of a connection in the full feature phase: one thread reads, executes what needs no waiting in place, and sends
 * one batch of responses for each batch of requests. What has to wait is sent by whoever completes it.
 */
@NullMarked
package dev.quoin.iscsi.connection;

import org.jspecify.annotations.NullMarked;
