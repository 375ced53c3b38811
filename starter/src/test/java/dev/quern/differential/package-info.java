/// Random small ONNX models through Quern and through ONNX Runtime.
///
/// - [OperatorDraw]: one row an operator, which says how to draw its operands and attributes ([NodeDraw],
///   [Fill]). The rows
///   stand in the `…Draws` classes.
/// - [RandomGraph]: a chain of drawn nodes, each of which ONNX Runtime ([OnnxRuntime]) accepts.
/// - [Differential]: runs a graph on both backends, fused and with every value shown, and judges each node by
///   what
///   ONNX Runtime makes of the very operands that the node had ([Agreement]).
/// - [Remembered]: disagreements that were mended.
/// - `DifferentialTest`: fixed seeds; `-Dquern.fuzz.graphs=20000` for a long run.
///
/// What ONNX Runtime refuses is not drawn again; what it does otherwise than the standard says, the rows avoid,
/// with a comment.
package dev.quern.differential;
