package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A node that is being written: the opposite of [NodeImport]. Operands are those of the node of ours, in
/// order, until [#operands] says otherwise.
final class NodeExport {
    private final GraphExport graph;
    private final Node node;
    private final List<AttributeProto> attributes = new ArrayList<>();
    private List<Optional<Value>> operands;
    private int since;

    NodeExport(GraphExport graph, Node node) {
        this.graph = graph;
        this.node = node;
        this.operands = node.inputs().stream().map(Optional::of).toList();
    }

    /// Operand `i` of the node of ours.
    Value in(int i) {
        return node.input(i);
    }

    /// Operands of the node of ours from `first` on.
    List<Value> from(int first) {
        return node.inputs().subList(first, node.inputs().size());
    }

    List<AttributeProto> attributes() {
        return attributes;
    }

    List<Optional<Value>> operands() {
        return operands;
    }

    /// The operands of the written node; absent ones stay empty.
    NodeExport operands(List<Optional<Value>> operands) {
        this.operands = List.copyOf(operands);
        return this;
    }

    /// The operands of the written node.
    NodeExport operands(Value... operands) {
        return operands(List.of(operands).stream().map(Optional::of).toList());
    }

    /// An operand that is a number of the operator of ours.
    Value constant(Tensor tensor) {
        return graph.literal(tensor);
    }

    /// The value of operand `i`, which is an attribute in ONNX.
    ///
    /// @throws UnwritableNodeException where it is no constant
    Tensor requireConstant(int i) {
        return in(i).constant()
                .orElseThrow(() -> unwritable(
                        "operand " + i + ", %" + in(i).name() + ", must be a constant: it is an attribute there"));
    }

    /// The opset of the row's domain that the attributes need, where it is newer than the row.
    NodeExport since(int version) {
        since = version;
        return this;
    }

    int since() {
        return since;
    }

    UnwritableNodeException unwritable(String reason) {
        return new UnwritableNodeException(node.title(), reason);
    }

    NodeExport attribute(String name, AttributeValue value) {
        attributes.add(AttributeProto.of(name, value));
        return this;
    }

    NodeExport integer(String name, long value) {
        attributes.add(AttributeProto.of(name, value));
        return this;
    }

    NodeExport flag(String name, boolean value) {
        return integer(name, value ? 1 : 0);
    }

    NodeExport number(String name, double value) {
        attributes.add(AttributeProto.of(name, (float) value));
        return this;
    }

    NodeExport text(String name, String value) {
        attributes.add(AttributeProto.of(name, value));
        return this;
    }

    NodeExport texts(String name, List<String> values) {
        attributes.add(AttributeProto.ofStrings(name, values));
        return this;
    }

    NodeExport integers(String name, long... values) {
        attributes.add(AttributeProto.ofInts(name, values));
        return this;
    }

    /// An empty list stands for the default and is not written.
    NodeExport integers(String name, List<Integer> values) {
        return values.isEmpty()
                ? this
                : integers(name, values.stream().mapToLong(Integer::longValue).toArray());
    }

    NodeExport numbers(String name, float... values) {
        attributes.add(AttributeProto.ofFloats(name, values));
        return this;
    }

    NodeExport tensor(String name, Tensor value) {
        attributes.add(AttributeProto.of(name, OnnxTensors.encode(name, value)));
        return this;
    }

    NodeExport dtype(String name, DType value) {
        return integer(name, OnnxTypes.dataType(value).code());
    }

    NodeExport type(String name, Type value) {
        return attribute(name, new AttributeValue.OfType(OnnxTypes.proto(value)));
    }

    /// A body, whose last inputs are the outer values `captured`.
    NodeExport body(String name, Graph body, List<Value> captured) {
        attributes.add(AttributeProto.of(name, graph.body(body, captured)));
        return this;
    }
}
