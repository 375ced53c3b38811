/// Tests of the ONNX file format against protobuf's own implementation and against damaged files.
@NullMarked
package dev.quern.onnx.proto;

import org.jspecify.annotations.NullMarked;
