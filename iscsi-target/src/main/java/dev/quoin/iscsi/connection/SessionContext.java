package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.session.Session;
import java.nio.channels.Selector;
import java.util.concurrent.Executor;

/**
 * What the connections of a session share.
 *
 * @param group the connections
 * @param selector in which the session's thread waits for all of them
 * @param tasks of all connections: a task tag belongs to the session (RFC 7143 11.2.1.8)
 * @param budget of the buffers that the tasks hold
 * @param thread runs things on the session's thread
 */
record SessionContext(
        Session session,
        TargetContext target,
        ConnectionGroup group,
        Selector selector,
        TaskSet tasks,
        Budget budget,
        Copies copies,
        Executor thread) {}
