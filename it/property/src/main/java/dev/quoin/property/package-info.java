/** Seeded property tests: generators and a runner that prints the seed of what failed. */
@NullMarked
package dev.quoin.property;

import org.jspecify.annotations.NullMarked;
