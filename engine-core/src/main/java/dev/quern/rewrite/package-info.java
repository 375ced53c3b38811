/// Graph to graph: passes that keep a graph's meaning.
///
/// [Passes][dev.quern.rewrite.Passes] lists them in order: those that every model goes through before it is planned,
/// and
/// those that make a smaller model to be written. A pass never changes a graph; it makes another one. Rewritings say
/// one
/// node more simply: a [Rule][dev.quern.rewrite.Rule] is an equation, and
/// [Simplifications][dev.quern.rewrite.Simplifications] look at shapes and attributes too.
@NullMarked
package dev.quern.rewrite;

import org.jspecify.annotations.NullMarked;
