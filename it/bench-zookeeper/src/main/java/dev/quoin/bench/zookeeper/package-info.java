/** ZooKeeper under the load of the lock benchmark, in processes of its own: its libraries and ours do not mix. */
@NullMarked
package dev.quoin.bench.zookeeper;

import org.jspecify.annotations.NullMarked;
