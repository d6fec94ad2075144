@NullMarked
package dev.quoin.dlm.client.session;

import org.jspecify.annotations.NullMarked;
