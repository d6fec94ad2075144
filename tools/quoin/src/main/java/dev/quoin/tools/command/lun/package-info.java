/** The verbs of the noun lun. */
@NullMarked
package dev.quoin.tools.command.lun;

import org.jspecify.annotations.NullMarked;
