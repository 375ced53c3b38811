/// Reverse mode, graph to graph: the gradient of a value is more nodes in the same graph.
///
/// [Gradient][dev.quern.gradient.Gradient] adds them, operator by operator, through each operator's own adjoint. What
/// it adds is ordinary graph: it is compiled and fused like any other, and it can be differentiated again. Loops are
/// walked back over states that were kept ([Rewind][dev.quern.gradient.Rewind]); what can be expanded only once its
/// extents are bound is differentiated then ([LatePullback][dev.quern.gradient.LatePullback]). Where the
/// way from the value to a leaf leads through operators without a gradient, all of them are named in one
/// [NotDifferentiableException][dev.quern.gradient.NotDifferentiableException].
@NullMarked
package dev.quern.gradient;

import org.jspecify.annotations.NullMarked;
