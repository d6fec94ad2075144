/** What operators ask of the lock manager's peers and do to their group. */
@NullMarked
package dev.quoin.dlm.client.admin;

import org.jspecify.annotations.NullMarked;
