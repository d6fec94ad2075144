/** Arrays of member devices: layout, parity, journal, rebuild, scrub. */
@NullMarked
package dev.quoin.raid;

import org.jspecify.annotations.NullMarked;
