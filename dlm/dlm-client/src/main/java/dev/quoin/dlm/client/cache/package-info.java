/**
 * A node's lock cache: locks stay with the node after its last thread has left, until somebody else asks for them.
 *
 * <p>{@link dev.quoin.dlm.client.cache.NodeLockCache} is what users see. Inside, {@code HoldWord} is one word with the node's
 * mode and the threads that use it; {@code CachedLock} owns the word, the queue of threads and what others ask for;
 * {@code Move} is what the node asks of the servers, one step at a time on a virtual thread.
 */
@NullMarked
package dev.quoin.dlm.client.cache;

import org.jspecify.annotations.NullMarked;
