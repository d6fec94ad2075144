/** A file system that several nodes mount at once on one shared device. */
@NullMarked
package dev.quoin.clusterfs;

import org.jspecify.annotations.NullMarked;
