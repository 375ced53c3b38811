package dev.quern.onnx;

import dev.quern.graph.Graph;
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
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Puts changed parameters into the messages of the file that they were read from: initializers, and numbers
/// in the attributes of ONNX-ML operators.
final class OnnxPatch {
    private static final String AS_TENSOR = "_as_tensor";

    private final Graph graph;
    private final Map<String, Tensor> changed = new HashMap<>();
    private final TreeSet<String> left;
    private boolean isReshaped;

    private OnnxPatch(Graph read, Graph graph) {
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
        return types(proto)
                .withInitializers(
                        proto.initializers().stream().map(this::initializer).toList())
                .withNodes(proto.nodes().stream().map(this::node).toList());
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
        if (left.isEmpty() || !Row.ML.equals(proto.domain())) {
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
