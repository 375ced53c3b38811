package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.NodeImport.Body;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads one graph of a model file: the main one, or a body of control flow within `outer`.
final class GraphImport {
    private final Map<String, Long> opsets;
    private final ExternalData external;
    private final @Nullable GraphImport outer;
    private final GraphBuilder builder;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Type> declared = new HashMap<>();
    private final Map<Value, Value> captured = new LinkedHashMap<>();

    GraphImport(Map<String, Long> opsets, ExternalData external, @Nullable GraphImport outer, String name) {
        this.opsets = opsets;
        this.external = external;
        this.outer = outer;
        this.builder = new GraphBuilder(name);
    }

    GraphBuilder builder() {
        return builder;
    }

    ExternalData external() {
        return external;
    }

    /// @param operands types for inputs that the file does not declare
    Graph read(GraphProto proto, List<Type> operands) {
        proto.valueInfo().forEach(this::declare);
        proto.outputs().forEach(this::declare);
        Set<String> initialized = new HashSet<>();
        for (TensorProto t : proto.initializers()) {
            initialized.add(t.name());
        }
        for (int i = 0; i < proto.inputs().size(); i++) {
            ValueInfoProto v = proto.inputs().get(i);
            // before IR version 4 initializers are listed as inputs too
            if (!initialized.contains(v.name())) {
                Type type = refine(declaredType(v), i < operands.size() ? operands.get(i) : null, v.name());
                define(v.name(), builder.input(v.name(), type));
            }
        }
        for (TensorProto t : proto.initializers()) {
            define(t.name(), initializer(t));
        }
        Set<String> made = new HashSet<>();
        proto.nodes().forEach(n -> made.addAll(n.outputs()));
        for (NodeProto n : proto.nodes()) {
            node(n, made);
        }
        for (ValueInfoProto v : proto.outputs()) {
            builder.output(v.name(), find(v.name(), "output", made));
        }
        return builder.build();
    }

    private Value initializer(TensorProto proto) {
        try {
            return builder.parameter(proto.name(), OnnxTensors.decode(proto, external));
        } catch (ShapeException | ModelException e) {
            throw new ModelException("initializer \"" + proto.name() + "\": " + e.getMessage(), e);
        }
    }

    private void declare(ValueInfoProto v) {
        try {
            OnnxTypes.type(v.type()).ifPresent(t -> declared.put(v.name(), t));
        } catch (ModelException typeWeLack) {
            // the value gets its type from the node that makes it, which reports what it cannot do
            declared.remove(v.name());
        }
    }

    private static Optional<Type> declaredType(ValueInfoProto v) {
        try {
            return OnnxTypes.type(v.type());
        } catch (ModelException e) {
            throw new ModelException("input \"" + v.name() + "\": " + e.getMessage(), e);
        }
    }

    /// The declared type, or that of the operand, whichever says more.
    private static Type refine(Optional<Type> declaredType, @Nullable Type operand, String name) {
        if (declaredType.isEmpty()) {
            if (operand == null) {
                throw new ModelException("input \"" + name + "\" has no type");
            }
            return operand;
        }
        boolean unranked =
                declaredType.get() instanceof Type.TensorType t && !t.shape().isRanked();
        return unranked && operand != null ? operand : declaredType.get();
    }

    private void define(String name, Value value) {
        if (values.putIfAbsent(name, value) != null) {
            throw new ModelException(
                    "value \"" + name + "\" is defined twice; each value of a graph has one definition");
        }
    }

    private Value find(String name, String by, Set<String> made) {
        return lookUp(name)
                .orElseThrow(() -> new ModelException(
                        made.contains(name)
                                ? by + ": value \"" + name
                                        + "\" is used before it is computed: the nodes form a cycle or are out"
                                        + " of order"
                                : by + ": value \"" + name + "\" is not defined anywhere"));
    }

    /// A value of this graph, or one captured from an outer graph.
    private Optional<Value> lookUp(String name) {
        Value own = values.get(name);
        if (own != null || outer == null) {
            return Optional.ofNullable(own);
        }
        return outer.lookUp(name).map(v -> v.definition() instanceof Value.Constant ? v : capture(v));
    }

    private Value capture(Value v) {
        return captured.computeIfAbsent(v, outerValue -> builder.input(outerValue.name(), outerValue.type()));
    }

    private void node(NodeProto proto, Set<String> made) {
        String title = title(proto);
        List<Optional<Value>> operands = new ArrayList<>();
        for (String name : proto.inputs()) {
            operands.add(name.isEmpty() ? Optional.empty() : Optional.of(find(name, "node \"" + title + "\"", made)));
        }
        while (!operands.isEmpty() && operands.getLast().isEmpty()) {
            operands.removeLast();
        }
        List<Value> results = results(proto, operands, title);
        for (int i = 0; i < proto.outputs().size(); i++) {
            String name = proto.outputs().get(i);
            if (!name.isEmpty()) {
                if (i >= results.size()) {
                    throw new ModelException("node \"" + title + "\": " + proto.opType() + " has no output " + i);
                }
                define(name, results.get(i));
            }
        }
    }

    private List<Value> results(NodeProto proto, List<Optional<Value>> operands, String title) {
        builder.at(title);
        String domain = OperatorTable.canonical(proto.domain());
        long version = opsets.getOrDefault(domain, 1L);
        Optional<Row> row = OperatorTable.find(domain, proto.opType(), version);
        if (row.isEmpty()) {
            return opaque(proto, operands, "operator is not supported");
        }
        try {
            return row.get().form().apply(new NodeImport(this, proto, operands, (int) version));
        } catch (UnsupportedNodeException | ShapeException e) {
            return opaque(proto, operands, String.valueOf(e.getMessage()));
        }
    }

    private List<Value> opaque(NodeProto proto, List<Optional<Value>> operands, String reason) {
        String domain = OperatorTable.canonical(proto.domain());
        long version = opsets.getOrDefault(domain, 1L);
        List<Value> present = operands.stream().flatMap(Optional::stream).toList();
        String qualified = (domain.isEmpty() ? "" : domain + ":") + proto.opType();
        OpaqueOp op = new OpaqueOp(
                domain,
                proto.opType(),
                version,
                proto.outputs().size(),
                qualified + " (opset " + version + ") on "
                        + present.stream().map(v -> v.type().toString()).toList() + ": " + reason);
        List<Type> types = new ArrayList<>();
        for (String name : proto.outputs()) {
            types.add(declared.getOrDefault(name, Type.tensor(DType.F32, Shape.UNRANKED)));
        }
        return builder.add(op, present, types, proto.outputs()).outputs();
    }

    static String title(NodeProto proto) {
        return proto.name().isEmpty() ? String.join(",", proto.outputs()) : proto.name();
    }

    /// Reads a body; its captured values become its last inputs.
    Body body(GraphProto proto, List<Type> operands) {
        GraphImport inner = new GraphImport(opsets, external, this, proto.name());
        Graph graph = inner.read(proto, operands);
        return new Body(graph, List.copyOf(inner.captured.keySet()));
    }
}
