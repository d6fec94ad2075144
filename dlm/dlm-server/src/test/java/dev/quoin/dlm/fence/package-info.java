@NullMarked
package dev.quoin.dlm.fence;

import org.jspecify.annotations.NullMarked;
