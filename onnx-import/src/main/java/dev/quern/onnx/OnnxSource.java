package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.session.ModelFormat;

/// The messages that a model was read from, and the graph that they became.
record OnnxSource(ModelProto model, Graph graph, ExternalData external) implements ModelFormat.Source {}
