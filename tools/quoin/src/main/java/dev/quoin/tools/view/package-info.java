/** What each noun of the quoin command looks like, as a table and as JSON. */
@NullMarked
package dev.quoin.tools.view;

import org.jspecify.annotations.NullMarked;
