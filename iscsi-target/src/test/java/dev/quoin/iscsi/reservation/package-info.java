@NullMarked
package dev.quoin.iscsi.reservation;

import org.jspecify.annotations.NullMarked;
