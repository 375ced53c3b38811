/// ONNX in and out.
///
/// [OnnxFormat][dev.quern.onnx.OnnxFormat] plugs ONNX into `Model.load` and `Model.save`. Import reads messages
/// ([dev.quern.onnx.proto]) and asks the [OperatorTable][dev.quern.onnx.OperatorTable] for each node: a
/// [Row][dev.quern.onnx.Row] for each operator by domain, name and since-version, which is the only place that knows
/// how an old opset said something. Operators that the table lacks become opaque nodes, so any file can be inspected.
@NullMarked
package dev.quern.onnx;

import org.jspecify.annotations.NullMarked;
