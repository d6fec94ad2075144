@NullMarked
package dev.quoin.dlm.client;

import org.jspecify.annotations.NullMarked;
