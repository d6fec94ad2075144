/**
 * What lives as long as a session (I_T nexus): the command window, unit attentions, and the table of sessions with
 * reinstatement and fencing (RFC 7143 4.2, 6.3.5; SAM-5 5.14).
 */
@NullMarked
package dev.quoin.iscsi.session;

import org.jspecify.annotations.NullMarked;
