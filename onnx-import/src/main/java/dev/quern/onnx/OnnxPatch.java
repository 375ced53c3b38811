package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.Floats;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.onnx.proto.Varints;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Puts changed parameters into the messages of the file that they were read from: initializers and constants, of
/// bodies too, and numbers in the attributes of ONNX-ML operators.
final class OnnxPatch {
    private static final String AS_TENSOR = "_as_tensor";

    private final Graph read;
    private final Graph graph;
    private final Map<String, Tensor> changed = new HashMap<>();
    private final TreeSet<String> left;
    private boolean isReshaped;

    private OnnxPatch(Graph read, Graph graph) {
        this.read = read;
        this.graph = graph;
        Map<String, Tensor> before = parameters(read);
        parameters(graph).forEach((name, tensor) -> {
            Tensor old = before.get(name);
            if (tensor != old) {
                changed.put(name, tensor);
                isReshaped |= old == null || !old.type().equals(tensor.type());
            }
        });
        this.left = new TreeSet<>(changed.keySet());
    }

    /// `proto`, which was read as `read`, with the parameters of `graph`.
    ///
    /// @throws ModelException where a changed parameter has no place in the file
    static GraphProto apply(GraphProto proto, Graph read, Graph graph) {
        OnnxPatch patch = new OnnxPatch(read, graph);
        GraphProto patched = patch.patched(proto);
        if (!patch.left.isEmpty()) {
            throw new ModelException("the file has no place for the new values of " + patch.left);
        }
        return patched;
    }

    /// Whether each changed parameter has a place in the file.
    static boolean hasPlaces(GraphProto proto, Graph read, Graph graph) {
        OnnxPatch patch = new OnnxPatch(read, graph);
        patch.patched(proto);
        return patch.left.isEmpty();
    }

    private GraphProto patched(GraphProto proto) {
        // bodies first: what they use may be an initializer of this graph
        List<NodeProto> nodes = bodies(proto.nodes()).stream().map(this::node).toList();
        return types(proto)
                .withInitializers(
                        proto.initializers().stream().map(this::initializer).toList())
                .withNodes(nodes);
    }

    /// Patches the bodies of branches and loops; where nodes of the file and of the graph do not go in pairs (a
    /// function has some), none.
    private List<NodeProto> bodies(List<NodeProto> protos) {
        List<Node> before = withBodies(read);
        List<Node> after = withBodies(graph);
        List<NodeProto> ofFile = protos.stream().filter(OnnxPatch::hasBody).toList();
        if (before.size() != ofFile.size() || after.size() != before.size()) {
            return protos;
        }
        List<NodeProto> patched = new ArrayList<>(protos);
        int at = 0;
        for (int i = 0; i < protos.size(); i++) {
            if (hasBody(protos.get(i))) {
                patched.set(i, body(protos.get(i), before.get(at), after.get(at)));
                at++;
            }
        }
        return patched;
    }

    private NodeProto body(NodeProto proto, Node before, Node after) {
        List<Graph> read = ((HasBodies) before.op()).bodies();
        List<Graph> now = ((HasBodies) after.op()).bodies();
        return proto.withAttributes(proto.attributes().stream()
                .map(a -> {
                    if (!(a.value() instanceof AttributeValue.OfGraph(GraphProto body))) {
                        return a;
                    }
                    int which = a.name().equals("else_branch") ? 1 : 0;
                    OnnxPatch inner = new OnnxPatch(read.get(which), now.get(which));
                    GraphProto patched = inner.patched(body);
                    inner.left.forEach(name -> {
                        changed.put(name, Objects.requireNonNull(inner.changed.get(name)));
                        left.add(name);
                    });
                    return a.withValue(new AttributeValue.OfGraph(patched));
                })
                .toList());
    }

    private static List<Node> withBodies(Graph graph) {
        return graph.nodes().stream().filter(n -> n.op() instanceof HasBodies).toList();
    }

    private static boolean hasBody(NodeProto proto) {
        return proto.attributes().stream().anyMatch(a -> a.value() instanceof AttributeValue.OfGraph);
    }

    private static Map<String, Tensor> parameters(Graph graph) {
        Map<String, Tensor> byName = new HashMap<>();
        for (Value v : graph.parameters()) {
            v.constant().ifPresent(t -> byName.put(v.name(), t));
        }
        return byName;
    }

    /// Where extents changed, the declared types of outputs follow, and of initializers that old files list
    /// as inputs; those of inner values, mere hints, go.
    private GraphProto types(GraphProto proto) {
        if (!isReshaped) {
            return proto;
        }
        Map<String, Type> outputs = new HashMap<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.put(graph.outputNames().get(i), graph.outputs().get(i).type());
        }
        List<ValueInfoProto> declared = proto.outputs().stream()
                .map(v -> withType(v, outputs.get(v.name())))
                .toList();
        List<ValueInfoProto> inputs = proto.inputs().stream()
                .map(v -> changed.containsKey(v.name())
                        ? withType(v, changed.get(v.name()).type())
                        : v)
                .toList();
        return proto.withOutputs(declared).withInputs(inputs).withValueInfo(List.of());
    }

    /// The declaration with the extents that are known now; where none is known, names of dims stay.
    private static ValueInfoProto withType(ValueInfoProto declaration, @Nullable Type now) {
        Optional<Type> before = OnnxTypes.type(declaration.type());
        if (!(now instanceof TensorType(var dtype, Shape shape)) || !shape.isRanked()) {
            return declaration;
        }
        List<Dim> dims = new ArrayList<>(shape.dims());
        if (before.orElse(null) instanceof TensorType t
                && t.shape().isRanked()
                && t.shape().rank() == dims.size()) {
            for (int i = 0; i < dims.size(); i++) {
                Dim old = t.shape().dim(i);
                dims.set(i, dims.get(i).isFixed() || old.isFixed() ? dims.get(i) : old);
            }
        }
        return declaration.withType(OnnxTypes.proto(Type.tensor(dtype, Shape.of(dims))));
    }

    private TensorProto initializer(TensorProto proto) {
        return take(proto.name()).map(t -> tensor(proto, t)).orElse(proto);
    }

    private static TensorProto tensor(TensorProto proto, Tensor tensor) {
        TensorProto made = OnnxTensors.encode(proto.name(), tensor);
        return proto.withData(OnnxTypes.dataType(tensor.dtype()), tensor.shape().extents(), made.data());
    }

    private Optional<Tensor> take(String parameter) {
        left.remove(parameter);
        return Optional.ofNullable(changed.get(parameter));
    }

    private NodeProto node(NodeProto proto) {
        if (left.isEmpty()) {
            return proto;
        }
        if (GeneratorRows.isConstant(proto)) {
            return take(proto.outputs().getFirst())
                    .map(t -> proto.withAttributes(List.of(
                            AttributeProto.of("value", new AttributeValue.OfTensor(OnnxTensors.encode("", t))))))
                    .orElse(proto);
        }
        if (!Row.ML.equals(proto.domain())) {
            return proto;
        }
        String prefix = GraphImport.title(proto) + ".";
        List<AttributeProto> attributes = new ArrayList<>();
        for (AttributeProto a : proto.attributes()) {
            attributes.add(take(prefix + parameter(a)).map(t -> attribute(a, t)).orElse(a));
        }
        // what the file left to a default and training moved away from it
        for (String name : List.copyOf(left)) {
            if (name.startsWith(prefix)) {
                take(name)
                        .ifPresent(t -> attributes.add(AttributeProto.of(name.substring(prefix.length()), numbers(t))));
            }
        }
        return proto.withAttributes(attributes);
    }

    private static String parameter(AttributeProto a) {
        return a.name().endsWith(AS_TENSOR) ? a.name().substring(0, a.name().length() - AS_TENSOR.length()) : a.name();
    }

    private static AttributeProto attribute(AttributeProto a, Tensor tensor) {
        return a.withValue(
                a.value() instanceof AttributeValue.OfTensor(TensorProto old)
                        ? new AttributeValue.OfTensor(tensor(old, tensor))
                        : numbers(tensor));
    }

    private static AttributeValue numbers(Tensor tensor) {
        return tensor.dtype() == DType.I64
                ? new AttributeValue.OfInts(Varints.of(tensor.toLongs()))
                : new AttributeValue.OfFloats(Floats.of(tensor.toFloats()));
    }
}
