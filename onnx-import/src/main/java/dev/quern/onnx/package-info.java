/// ONNX in and out.
///
/// [OnnxFormat][dev.quern.onnx.OnnxFormat] plugs ONNX into `Model.load` and `Model.save`. Import reads messages
/// ([dev.quern.onnx.proto]) and asks the [OperatorTable][dev.quern.onnx.OperatorTable] for each node: a
/// [Row][dev.quern.onnx.Row] for each operator by domain, name and since-version, which is the only place that knows
/// how an old opset said something; [Schemas][dev.quern.onnx.Schemas] is the standard's own list of forms and types.
/// Functions of a file
/// become their bodies. Operators that the table lacks become opaque nodes, so any file can be inspected.
///
/// Saving patches the messages that were read where the graph is still theirs. Else
/// [Spelling][dev.quern.onnx.Spelling] says the graph in operators that ONNX has, and
/// [GraphExport][dev.quern.onnx.GraphExport] writes each node as one row's node: a row reads and writes one form.
@NullMarked
package dev.quern.onnx;

import org.jspecify.annotations.NullMarked;
