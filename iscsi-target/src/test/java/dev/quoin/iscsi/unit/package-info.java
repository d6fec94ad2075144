@NullMarked
package dev.quoin.iscsi.unit;

import org.jspecify.annotations.NullMarked;
