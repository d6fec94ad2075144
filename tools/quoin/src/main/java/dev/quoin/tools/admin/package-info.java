/** The administration door of a node: who may use it, the server behind it and the client in front of it. */
@NullMarked
package dev.quoin.tools.admin;

import org.jspecify.annotations.NullMarked;
