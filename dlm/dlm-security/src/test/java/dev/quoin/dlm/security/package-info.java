@NullMarked
package dev.quoin.dlm.security;

import org.jspecify.annotations.NullMarked;
