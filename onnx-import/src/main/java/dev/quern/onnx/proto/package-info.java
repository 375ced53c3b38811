/// Tour.
@NullMarked
package dev.quern.onnx.proto;

import org.jspecify.annotations.NullMarked;
