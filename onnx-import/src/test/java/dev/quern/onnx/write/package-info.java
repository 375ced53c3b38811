/// Graphs that are written as ONNX and read again.
@NullMarked
package dev.quern.onnx.write;

import org.jspecify.annotations.NullMarked;
