/// ONNX in and out.
///
/// [OnnxFormat][dev.quern.onnx.OnnxFormat] plugs ONNX into `Model.load` and `Model.save`. Import reads messages
/// ([dev.quern.onnx.proto]) and asks the [OperatorTable][dev.quern.onnx.OperatorTable] for each node: a
/// [Row][dev.quern.onnx.Row] for each operator by domain, name and since-version, which is the only place that knows
/// how an old opset said something; [Schemas][dev.quern.onnx.Schemas] is the standard's own list of forms and types.
/// Functions of a file become their bodies. Operators that the table lacks become opaque nodes, so any file can be
/// inspected.
///
/// Saving patches the messages that were read where the graph is still theirs. Else [Spelling][dev.quern.onnx.Spelling]
/// says the graph in operators of one [Release][dev.quern.onnx.Release] of ONNX, any from opset 7 on, and
/// [GraphExport][dev.quern.onnx.GraphExport] writes each node as one row's node: a row reads and writes one form.
/// [Forms][dev.quern.onnx.Forms] decides whether a release has that form, in these types: an operator that it lacks is
/// said on wider types ([Widening][dev.quern.onnx.Widening]), by other operators
/// ([SpellingTable][dev.quern.onnx.SpellingTable]) or by its own definition. Nodes that nothing can say are
/// [obstacles][dev.quern.onnx.Obstacle], all reported at once.
@NullMarked
package dev.quern.onnx;

import org.jspecify.annotations.NullMarked;
