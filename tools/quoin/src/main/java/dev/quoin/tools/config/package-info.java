/** What a user writes: sizes, times and addresses on the command line, and the configuration of a node in YAML. */
@NullMarked
package dev.quoin.tools.config;

import org.jspecify.annotations.NullMarked;
