/// The ONNX file format: `onnx.proto` and `onnx-data.proto` as records, a reader for untrusted files, a writer.
///
/// The tour, in the order of a file's life:
/// - [OnnxReader][dev.quern.onnx.proto.OnnxReader] maps a file and gives a
///   [ModelProto][dev.quern.onnx.proto.ModelProto] (or a tensor, sequence, optional, map of a test data set). Weights
///   stay where they are: [Bytes][dev.quern.onnx.proto.Bytes] is a window on the file.
/// - Each message is one record in one file, with its `read`, its `write` and what an exporter needs to change it. What
///   a record has no component for (unknown fields, explicit defaults) travels along in its
///   [Extras][dev.quern.onnx.proto.Extras], so that a model which was read and written again has the same bytes.
/// - [TensorElements][dev.quern.onnx.proto.TensorElements] finds the elements of a
///   [TensorProto][dev.quern.onnx.proto.TensorProto] in their many storage forms, checks them against dims and type,
///   and decodes them; [ExternalData][dev.quern.onnx.proto.ExternalData] guards the files beside the model;
///   [TensorEncoder][dev.quern.onnx.proto.TensorEncoder] goes the other way.
/// - [OnnxWriter][dev.quern.onnx.proto.OnnxWriter] writes a file whole or not at all.
///
/// Underneath, `ProtoReader` and `ProtoWriter` speak protobuf's wire format. The reader is the gate for untrusted
/// files: every length is checked against what is left before anything is allocated, nesting and heap use are bounded,
/// and damage ends in a [MalformedProtoException][dev.quern.onnx.proto.MalformedProtoException] that says where.
///
/// The package depends on nothing but the JDK. Its oracle, in the tests, is protobuf-java with protoc's classes.
@NullMarked
package dev.quern.onnx.proto;

import org.jspecify.annotations.NullMarked;
