package dev.quoin.iscsi.wire;

/** What parsing text gives: key=value pairs or the reason why there are none. */
public sealed interface ParsedKeys permits TextKeys, Malformed {}
