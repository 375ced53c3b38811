/// Graph to graph: passes that keep a graph's meaning.
///
/// [Passes][dev.quern.rewrite.Passes] lists them in order. A pass never changes a graph; it makes another one.
@NullMarked
package dev.quern.rewrite;

import org.jspecify.annotations.NullMarked;
