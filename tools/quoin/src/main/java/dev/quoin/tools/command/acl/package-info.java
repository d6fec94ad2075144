/** The verbs of the noun acl. */
@NullMarked
package dev.quoin.tools.command.acl;

import org.jspecify.annotations.NullMarked;
