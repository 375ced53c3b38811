package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import java.util.List;
import java.util.Optional;

/// How a node stands in a file: as a node of one row of the [OperatorTable].
///
/// @param operands absent ones are empty
/// @param results those that are not wanted are empty
record NodeForm(
        Row row, List<Optional<Value>> operands, List<Optional<Value>> results, List<AttributeProto> attributes) {}
