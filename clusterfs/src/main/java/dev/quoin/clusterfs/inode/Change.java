package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.journal.Transaction;

/** A transaction and the resource groups that it may use. One thread. */
record Change(Transaction tx, GroupSet groups) {}
