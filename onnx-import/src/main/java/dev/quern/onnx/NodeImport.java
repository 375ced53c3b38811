package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A node that is being imported: its operands, attributes and results, and the builder where it becomes graph.
final class NodeImport {
    private final GraphImport graph;
    private final NodeProto node;
    private final List<Optional<Value>> operands;
    private final int version;

    NodeImport(GraphImport graph, NodeProto node, List<Optional<Value>> operands, int version) {
        this.graph = graph;
        this.node = node;
        this.operands = operands;
        this.version = version;
    }

    GraphBuilder builder() {
        return graph.builder();
    }

    /// The opset version of the node's domain.
    int version() {
        return version;
    }

    /// How many operands are written down, absent ones included.
    int size() {
        return operands.size();
    }

    boolean has(int i) {
        return i < operands.size() && operands.get(i).isPresent();
    }

    /// Operand `i`.
    ///
    /// @throws UnsupportedNodeException where it is absent
    Value in(int i) {
        return optional(i).orElseThrow(() -> new UnsupportedNodeException("operand " + i + " is required"));
    }

    Optional<Value> optional(int i) {
        return i < operands.size() ? operands.get(i) : Optional.empty();
    }

    /// Operand `i`, or a constant in its place.
    Value in(int i, Tensor otherwise) {
        return optional(i).orElseGet(() -> builder().constant(otherwise));
    }

    /// The value of the graph that is called so.
    Value named(String name) {
        return graph.lookUp(name)
                .orElseThrow(() -> new UnsupportedNodeException("there is no value called \"" + name + "\""));
    }

    /// All operands, none of which may be absent.
    List<Value> all() {
        return from(0);
    }

    /// Operands from `first` on, none of which may be absent.
    List<Value> from(int first) {
        List<Value> all = new ArrayList<>();
        for (int i = first; i < operands.size(); i++) {
            all.add(in(i));
        }
        return all;
    }

    int outputs() {
        return node.outputs().size();
    }

    /// Whether the model uses result `i`.
    boolean wants(int i) {
        return i < node.outputs().size() && !node.outputs().get(i).isEmpty();
    }

    /// Results of the last operator that a node becomes: they carry the names in the file.
    List<Value> result(Op op, List<Value> in) {
        return builder().apply(op, in, node.outputs());
    }

    /// Results of the last operator that a node becomes: they carry the names in the file.
    List<Value> result(Op op, Value... in) {
        return result(op, List.of(in));
    }

    /// The result of an operator on the way to the last one.
    Value apply(Op op, Value... in) {
        return builder().apply(op, in);
    }

    /// Whether the result says how large another one is.
    boolean isScale() {
        return graph.isScale(node.outputs().getFirst());
    }

    /// The result, known from the file, as a parameter under the name in the file.
    Value result(Tensor tensor) {
        return builder().parameter(graph.prefix() + node.outputs().getFirst(), tensor);
    }

    Value constant(Tensor tensor) {
        return builder().constant(tensor);
    }

    /// Numbers that an attribute holds, as a parameter of the graph, so that they can be trained.
    Value parameter(String attribute, Tensor tensor) {
        return builder().parameter(builder().origins().getFirst() + "." + attribute, tensor);
    }

    Value longs(long... values) {
        return builder().longs(values);
    }

    Value scalar(DType dtype, double value) {
        return builder().scalar(dtype, value);
    }

    private Optional<AttributeValue> attribute(String name) {
        return node.attribute(name).map(AttributeProto::value);
    }

    boolean hasAttribute(String name) {
        return attribute(name).isPresent();
    }

    private UnsupportedNodeException wrong(String name, String wanted) {
        return new UnsupportedNodeException("attribute " + name + " must be " + wanted);
    }

    long integer(String name, long otherwise) {
        return optionalInteger(name).orElse(otherwise);
    }

    Optional<Long> optionalInteger(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfInt(long value)) {
                return value;
            }
            throw wrong(name, "an integer");
        });
    }

    boolean flag(String name, boolean otherwise) {
        return integer(name, otherwise ? 1 : 0) != 0;
    }

    float number(String name, float otherwise) {
        return optionalNumber(name).orElse(otherwise);
    }

    Optional<Float> optionalNumber(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfFloat(float value)) {
                return value;
            }
            throw wrong(name, "a float");
        });
    }

    /// The constant that an attribute names, in small letters or capital ones.
    <E extends Enum<E>> E choice(String name, E otherwise) {
        String said = text(name, otherwise.name());
        List<E> constants = List.of(otherwise.getDeclaringClass().getEnumConstants());
        return constants.stream()
                .filter(c -> c.name().equalsIgnoreCase(said))
                .findFirst()
                .orElseThrow(() -> new UnsupportedNodeException(
                        "attribute " + name + " must be one of " + constants + ", not \"" + said + "\""));
    }

    String text(String name, String otherwise) {
        return attribute(name)
                .map(v -> {
                    if (v instanceof AttributeValue.OfString s) {
                        return s.text();
                    }
                    throw wrong(name, "a string");
                })
                .orElse(otherwise);
    }

    Optional<long[]> integers(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfInts i) {
                return i.values().toLongs();
            }
            if (v instanceof AttributeValue.OfInt(long value)) {
                return new long[] {value};
            }
            throw wrong(name, "a list of integers");
        });
    }

    long[] integers(String name, long... otherwise) {
        return integers(name).orElse(otherwise);
    }

    Optional<float[]> numbers(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfFloats f) {
                return f.values().toArray();
            }
            throw wrong(name, "a list of floats");
        });
    }

    Optional<List<String>> texts(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfStrings s) {
                return s.texts();
            }
            throw wrong(name, "a list of strings");
        });
    }

    Optional<Tensor> tensor(String name) {
        return attribute(name).map(v -> {
            if (v instanceof AttributeValue.OfTensor(var proto)) {
                return OnnxTensors.decode(proto, graph.external());
            }
            if (v instanceof AttributeValue.OfSparseTensor(var proto)) {
                return SparseTensors.decode(proto, graph.external());
            }
            throw wrong(name, "a tensor");
        });
    }

    /// The element type in an attribute such as `to` or `dtype`.
    Optional<DType> dtype(String name) {
        return optionalInteger(name).map(OnnxTypes::dtype);
    }

    /// A type in an attribute (of SequenceEmpty, Optional).
    Optional<dev.quern.tensor.Type> type(String name) {
        return attribute(name).flatMap(v -> {
            if (v instanceof AttributeValue.OfType(var proto)) {
                return OnnxTypes.type(proto);
            }
            throw wrong(name, "a type");
        });
    }

    /// A body of control flow and the outer values that it uses, which are its last inputs, in order.
    record Body(Graph graph, List<Value> captured) {}

    /// The body in attribute `name`, its own inputs typed as declared, else as `operands`.
    ///
    /// @param operands types for the body's inputs in order, used where the file declares none; may be shorter
    Body body(String name, List<dev.quern.tensor.Type> operands) {
        AttributeValue v = attribute(name).orElseThrow(() -> wrong(name, "a graph"));
        if (v instanceof AttributeValue.OfGraph(var proto)) {
            return graph.body(proto, operands);
        }
        throw wrong(name, "a graph");
    }
}
