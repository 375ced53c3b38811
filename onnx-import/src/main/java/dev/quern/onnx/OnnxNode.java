package dev.quern.onnx;

import dev.quern.graph.OpaqueOp;
import dev.quern.onnx.proto.NodeProto;

/// A node of a file whose operator this library does not have; it is written back as it was.
record OnnxNode(NodeProto proto) implements OpaqueOp.Original {
    @Override
    public String toString() {
        return proto.opType();
    }
}
