/// Random small ONNX models through Quern and through ONNX Runtime.
///
/// - [OperatorDraw]: one row an operator, which says how to draw its operands and attributes ([NodeDraw],
///   [Fill]). The rows stand in the `…Draws` classes.
/// - [OnnxRuntime]: asks a process of its own ([OnnxRuntimeServer]), since some nodes end ONNX Runtime.
/// - [RandomGraph]: a chain of drawn nodes, each of which ONNX Runtime accepts.
/// - [Differential]: runs a graph on both backends, fused and with every value shown, and judges each node by what
///   ONNX Runtime makes of the very operands that the node had ([Agreement]).
/// - [Remembered]: disagreements that were mended. [Settled]: those in which ONNX Runtime leaves the standard.
/// - [DrawnGradient]: gradients of drawn chains of doubles beside differences. [Rewritten]: drawn chains written anew
/// at
///   any opset.
/// - `DifferentialTest`, `DrawnGraphsTest`: fixed seeds. `LongRunTest`: as many as one likes ([LongRun]), by hand.
///
/// What ONNX Runtime refuses is not drawn again; what it does otherwise than the standard says, the rows avoid,
/// with a comment.
package dev.quern.differential;
