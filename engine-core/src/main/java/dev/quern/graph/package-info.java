/// The graph: operators applied to values, in single static assignment form.
///
/// A [Value][dev.quern.graph.Value] is an input, a constant, or a result of a [Node][dev.quern.graph.Node]; a node is
/// an [Op][dev.quern.graph.Op] applied to values; a [Graph][dev.quern.graph.Graph] is nodes in topological order with
/// named inputs and outputs. Graphs never change: a [GraphBuilder][dev.quern.graph.GraphBuilder] makes them (inferring
/// types as it goes), the [Verifier][dev.quern.graph.Verifier] checks them, the [Evaluator][dev.quern.graph.Evaluator]
/// runs them node by node by the operators' own meaning, as oracle.
///
/// There are three kinds of operator that run, [PrimitiveOp][dev.quern.graph.PrimitiveOp] (one kernel),
/// [CompositeOp][dev.quern.graph.CompositeOp] (a small graph), [HostOp][dev.quern.graph.HostOp] (no kernel), and one
/// that does not, [OpaqueOp][dev.quern.graph.OpaqueOp], which carries what this library does not know.
@NullMarked
package dev.quern.graph;

import org.jspecify.annotations.NullMarked;
