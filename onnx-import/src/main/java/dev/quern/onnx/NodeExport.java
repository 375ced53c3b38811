package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A node that is being written: the opposite of [NodeImport]. Operands are those of the node of ours, in
/// order, until [#operands] says otherwise.
final class NodeExport {
    /// What becomes of the graphs inside of a node.
    interface Bodies {
        /// Says nothing of them: only whether the node itself has a form is asked.
        Bodies UNSAID = (body, captured) -> GraphProto.of(body.name(), List.of(), List.of(), List.of(), List.of());

        /// A body, whose last inputs are the outer values `captured`.
        GraphProto write(Graph body, List<Value> captured);
    }

    /// The first opset where attributes may count axes from the end.
    private static final int FROM_THE_END_SINCE = 11;

    private final Node node;
    private final Bodies bodies;
    private final List<AttributeProto> attributes = new ArrayList<>();
    private List<Optional<Value>> operands;
    private final List<Optional<Value>> results;
    private int since;

    /// @param wanted whether a result is used, or an output
    NodeExport(Node node, Bodies bodies, Predicate<Value> wanted) {
        this.node = node;
        this.bodies = bodies;
        this.operands = node.inputs().stream().map(Optional::of).toList();
        this.results =
                node.outputs().stream().map(v -> Optional.of(v).filter(wanted)).toList();
    }

    /// Operand `i` of the node of ours.
    Value in(int i) {
        return node.input(i);
    }

    /// Operands of the node of ours from `first` on.
    List<Value> from(int first) {
        return node.inputs().subList(first, node.inputs().size());
    }

    /// Result `i` of the node of ours.
    Value out(int i) {
        return node.output(i);
    }

    List<Optional<Value>> results() {
        return results;
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
        return new GraphBuilder("literal").constant(tensor);
    }

    /// The value of operand `i`, which is an attribute in ONNX.
    ///
    /// @throws UnspellableException where it is no constant
    Tensor requireConstant(int i) {
        return in(i).constant()
                .or(() -> new GraphBuilder("constant").valueOf(in(i)))
                .orElseThrow(() -> unwritable(
                        "operand " + i + ", %" + in(i).name() + ", must be a constant: it is an attribute there"));
    }

    /// An axis of operand 0 in an attribute, counted from the front, as all opsets have it, where the rank is
    /// known.
    NodeExport axis(String name, int axis) {
        return integer(name, axis((long) axis));
    }

    /// The axes in operand `i` as an attribute, counted from the front; none where there is no such operand.
    NodeExport axes(String name, int i) {
        return i < node.inputs().size()
                ? integers(
                        name,
                        Arrays.stream(requireConstant(i).toLongs())
                                .map(this::axis)
                                .toArray())
                : this;
    }

    private long axis(long axis) {
        if (axis < 0 && !in(0).shape().isRanked()) {
            since(FROM_THE_END_SINCE);
            return axis;
        }
        return axis < 0 ? in(0).shape().axis(axis) : axis;
    }

    /// The opset of the row's domain that the attributes need, where it is newer than the row.
    NodeExport since(int version) {
        since = Math.max(since, version);
        return this;
    }

    int since() {
        return since;
    }

    UnspellableException unwritable(String reason) {
        return new UnspellableException(reason);
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
        attributes.add(AttributeProto.of(name, bodies.write(body, captured)));
        return this;
    }
}
