package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.NodeImport.Body;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.FunctionProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.SparseTensorProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import dev.quern.tensor.UnknownRankException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads one graph of a model file: the main one, a body of control flow within `outer`, or the body of a function at a
/// call of it, which goes into the graph of the call.
final class GraphImport {
    private final Map<String, Long> opsets;
    private final ExternalData external;
    private final Set<String> scales = new HashSet<>();
    private final Functions functions;
    private final @Nullable GraphImport outer;
    private final GraphBuilder builder;
    private final String prefix;
    /// The calls of functions that this is within.
    private final List<FunctionProto> calls;
    private final Set<String> absent = new HashSet<>();
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Type> declared = new HashMap<>();
    private final Map<Value, Value> captured = new LinkedHashMap<>();

    private GraphImport(
            Map<String, Long> opsets,
            ExternalData external,
            Functions functions,
            @Nullable GraphImport outer,
            GraphBuilder builder,
            String prefix,
            List<FunctionProto> calls) {
        this.opsets = opsets;
        this.external = external;
        this.functions = functions;
        this.outer = outer;
        this.builder = builder;
        this.prefix = prefix;
        this.calls = calls;
    }

    /// For the main graph of a model.
    static GraphImport main(Map<String, Long> opsets, ExternalData external, Functions functions, String name) {
        return new GraphImport(opsets, external, functions, null, new GraphBuilder(name), "", List.of());
    }

    /// For a body of control flow in this graph.
    private GraphImport within(String name) {
        return new GraphImport(opsets, external, functions, this, new GraphBuilder(name), prefix, calls);
    }

    /// For the body of a function that is called in this graph.
    private GraphImport called(FunctionProto function, String title) {
        Map<String, Long> versions = new HashMap<>(opsets);
        versions.putAll(OnnxFormat.opsets(function.opsetImports()));
        List<FunctionProto> deeper = new ArrayList<>(calls);
        deeper.add(function);
        return new GraphImport(versions, external, functions, null, builder, title + "/", deeper);
    }

    GraphBuilder builder() {
        return builder;
    }

    /// Titles of the calls of functions that this is within, each with a slash.
    String prefix() {
        return prefix;
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
        proto.sparseInitializers().forEach(t -> initialized.add(SparseTensors.name(t)));
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
        for (SparseTensorProto t : proto.sparseInitializers()) {
            String name = SparseTensors.name(t);
            define(name, builder.parameter(name, SparseTensors.decode(t, external)));
        }
        Set<String> made = nodes(proto.nodes());
        for (ValueInfoProto v : proto.outputs()) {
            builder.output(v.name(), find(v.name(), "output", made));
        }
        return builder.build();
    }

    /// Whether a value says how large a result is: no weight, though it may be an array of floats.
    boolean isScale(String name) {
        return scales.contains(name);
    }

    /// Adds nodes, and gives the names of all their results.
    private Set<String> nodes(List<NodeProto> protos) {
        Set<String> made = new HashSet<>();
        for (NodeProto n : protos) {
            if (row(n).filter(Row::sizedByOperands).isPresent()) {
                scales.addAll(n.inputs()
                        .subList(Math.min(1, n.inputs().size()), n.inputs().size()));
            }
        }
        protos.forEach(n -> made.addAll(n.outputs()));
        for (NodeProto n : protos) {
            node(n, made);
        }
        return made;
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

    void define(String name, Value value) {
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
    Optional<Value> lookUp(String name) {
        Value own = values.get(name);
        if (own != null || outer == null) {
            return Optional.ofNullable(own);
        }
        return outer.lookUp(name).map(v -> v.definition() instanceof Value.Constant ? v : capture(v));
    }

    /// Whether this is an operand of a function that its call leaves out.
    private boolean isAbsent(String name) {
        return absent.contains(name) || (outer != null && !values.containsKey(name) && outer.isAbsent(name));
    }

    private Value capture(Value v) {
        return captured.computeIfAbsent(v, outerValue -> builder.input(outerValue.name(), outerValue.type()));
    }

    private void node(NodeProto proto, Set<String> made) {
        String title = prefix + title(proto);
        List<Optional<Value>> operands = new ArrayList<>();
        for (String name : proto.inputs()) {
            boolean given = !name.isEmpty() && !isAbsent(name);
            operands.add(given ? Optional.of(find(name, "node \"" + title + "\"", made)) : Optional.empty());
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
        Optional<FunctionProto> function = functions.find(proto);
        if (function.isPresent()) {
            return call(function.get(), proto, operands, title);
        }
        builder.at(title);
        Optional<Row> row = row(proto);
        if (row.isEmpty()) {
            return opaque(proto, operands, "operator is not supported");
        }
        try {
            return row.get().form().apply(new NodeImport(this, proto, operands, (int) version(proto)));
        } catch (UnknownRankException e) {
            return later(row.get(), proto, operands, opaqueOp(proto, operands, e.getMessage()));
        } catch (UnsupportedNodeException | ShapeException e) {
            return opaque(proto, operands, String.valueOf(e.getMessage()));
        } catch (ArithmeticException e) {
            return opaque(
                    proto, operands, "a number among its attributes or shapes is out of range: " + e.getMessage());
        }
    }

    private Optional<Row> row(NodeProto proto) {
        return OperatorTable.find(OperatorTable.canonical(proto.domain()), proto.opType(), version(proto));
    }

    private long version(NodeProto proto) {
        return opsets.getOrDefault(OperatorTable.canonical(proto.domain()), 1L);
    }

    /// The results of a call: the function's body becomes part of this graph.
    private List<Value> call(FunctionProto function, NodeProto proto, List<Optional<Value>> operands, String title) {
        if (calls.contains(function)) {
            throw new ModelException("node \"" + title + "\": function " + function.name() + " calls itself");
        }
        if (operands.size() > function.inputs().size()) {
            throw new ModelException("node \"" + title + "\": function " + function.name() + " takes "
                    + function.inputs().size() + " operands, not " + operands.size());
        }
        GraphImport body = called(function, title);
        for (int i = 0; i < function.inputs().size(); i++) {
            String name = function.inputs().get(i);
            if (i < operands.size() && operands.get(i).isPresent()) {
                body.define(name, operands.get(i).get());
            } else {
                body.absent.add(name);
            }
        }
        function.valueInfo().forEach(body::declare);
        Set<String> made = body.nodes(functions.body(function, proto));
        String by = "function " + function.name();
        return function.outputs().stream()
                .map(name -> body.find(name, by, made))
                .toList();
    }

    /// The results of a node that asks for ranks which are not known yet.
    private List<Value> later(Row row, NodeProto proto, List<Optional<Value>> operands, OpaqueOp asRead) {
        List<Integer> places = IntStream.range(0, operands.size())
                .filter(i -> operands.get(i).isPresent())
                .boxed()
                .toList();
        List<Value> read = new ArrayList<>();
        operands.forEach(v -> v.ifPresent(read::add));
        List<String> outer = List.copyOf(FreeNames.of(proto));
        for (String name : outer) {
            read.add(lookUp(name)
                    .orElseThrow(() -> new ModelException("a body of node \"" + title(proto) + "\": value \"" + name
                            + "\" is not defined anywhere")));
        }
        LateReading reading = new LateReading(row, proto, asRead, this::into, places, outer);
        return RankedLater.of(reading, read)
                .map(op -> builder.apply(op, read, proto.outputs()))
                .orElseGet(() -> opaque(proto, operands, asRead));
    }

    /// Reads what belongs here into another builder.
    private GraphImport into(GraphBuilder other) {
        return new GraphImport(opsets, external, functions, null, other, prefix, calls);
    }

    private List<Value> opaque(NodeProto proto, List<Optional<Value>> operands, String reason) {
        return opaque(proto, operands, opaqueOp(proto, operands, reason));
    }

    private OpaqueOp opaqueOp(NodeProto proto, List<Optional<Value>> operands, String reason) {
        String domain = OperatorTable.canonical(proto.domain());
        List<Value> present = operands.stream().flatMap(Optional::stream).toList();
        String qualified = (domain.isEmpty() ? "" : domain + ":") + proto.opType();
        return new OpaqueOp(
                domain,
                proto.opType(),
                version(proto),
                proto.outputs().size(),
                qualified + " (opset " + version(proto) + ") on "
                        + present.stream().map(v -> v.type().toString()).toList() + ": " + reason,
                Optional.of(new OnnxNode(proto)));
    }

    private List<Value> opaque(NodeProto proto, List<Optional<Value>> operands, OpaqueOp op) {
        List<Value> present = operands.stream().flatMap(Optional::stream).toList();
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
        GraphImport inner = within(proto.name());
        Graph graph = inner.read(proto, operands);
        return new Body(graph, List.copyOf(inner.captured.keySet()));
    }
}
