package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes one graph as messages, after [Spelling] has said it in operators that ONNX has: the main graph of
/// a file, or a body of control flow within `outer`. The opposite of [GraphImport].
///
/// Inputs, outputs and initializers keep their names, and values and nodes theirs where no other has them.
/// Initializers of bodies stand in the main graph; literals become Constant nodes.
final class GraphExport {
    private final @Nullable GraphExport outer;
    private final ExportNames names;
    private final ExportNames nodeNames;
    private final OpsetUse opsets;
    private final Forms forms;
    private final List<Obstacle> obstacles;
    private final List<TensorProto> initializers;
    private final Map<Value, String> parameterNames;
    private final Map<Value, String> written = new IdentityHashMap<>();
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<ValueInfoProto> hints = new ArrayList<>();

    private GraphExport(OpsetUse opsets) {
        this.outer = null;
        this.names = new ExportNames();
        this.nodeNames = new ExportNames();
        this.opsets = opsets;
        this.forms = new Forms(opsets.release());
        this.obstacles = new ArrayList<>();
        this.initializers = new ArrayList<>();
        this.parameterNames = new IdentityHashMap<>();
    }

    private GraphExport(GraphExport outer) {
        this.outer = outer;
        this.names = outer.names;
        this.nodeNames = outer.nodeNames;
        this.opsets = outer.opsets;
        this.forms = outer.forms;
        this.obstacles = outer.obstacles;
        this.initializers = outer.initializers;
        this.parameterNames = outer.parameterNames;
    }

    /// The main graph of a file.
    ///
    /// @param opsets learns which operator sets the graph needs
    /// @throws UnwritableGraphException where nodes have no form in them
    static GraphProto write(Graph graph, OpsetUse opsets) {
        GraphExport export = new GraphExport(opsets);
        Graph spelled = Spelling.of(graph, opsets.release(), export.obstacles);
        for (Value v : spelled.inputs()) {
            export.written.put(v, export.names.unique(v.name()));
        }
        for (Value v : spelled.parameters()) {
            export.parameterNames.put(v, export.names.unique(v.name()));
        }
        List<String> outputs = export.outputs(spelled);
        GraphProto written = export.finish(graph, spelled, spelled.inputs(), outputs);
        if (!export.obstacles.isEmpty()) {
            throw new UnwritableGraphException(opsets.release().opset(), export.obstacles);
        }
        GraphProto whole = written.withInitializers(export.initializers);
        return opsets.release().listsInitializersAsInputs() ? withInitializersAsInputs(whole) : whole;
    }

    /// Initializers are inputs with a default in old files.
    private static GraphProto withInitializersAsInputs(GraphProto graph) {
        List<ValueInfoProto> inputs = new ArrayList<>(graph.inputs());
        for (TensorProto t : graph.initializers()) {
            Type type =
                    Type.tensor(OnnxTypes.dtype(t.dataType()), Shape.of(t.dims().toLongs()));
            inputs.add(ValueInfoProto.of(t.name(), OnnxTypes.proto(type)));
        }
        return graph.withInputs(inputs);
    }

    /// A body, whose last inputs are values of this graph.
    GraphProto body(Graph graph, List<Value> captured) {
        GraphExport export = new GraphExport(this);
        Graph spelled = Spelling.of(graph, opsets.release(), obstacles);
        int own = spelled.inputs().size() - captured.size();
        for (int i = 0; i < spelled.inputs().size(); i++) {
            Value v = spelled.inputs().get(i);
            export.written.put(v, i < own ? names.unique(v.name()) : name(captured.get(i - own)));
        }
        List<String> outputs = spelled.outputNames().stream().map(names::unique).toList();
        export.nameResults(spelled, outputs);
        return export.finish(graph, spelled, spelled.inputs().subList(0, own), outputs);
    }

    /// Output names of the main graph are the contract with its callers.
    private List<String> outputs(Graph graph) {
        for (int i = 0; i < graph.outputs().size(); i++) {
            String name = graph.outputNames().get(i);
            if (!names.reserve(name) && !name.equals(nameBefore(graph.outputs().get(i)))) {
                throw new ModelException(
                        "output \"" + name + "\" cannot be written: another input, initializer or output has its name");
            }
        }
        nameResults(graph, graph.outputNames());
        return graph.outputNames();
    }

    private @Nullable String nameBefore(Value v) {
        String own = written.get(v);
        return own == null ? parameterNames.get(v) : own;
    }

    /// The results of nodes that are outputs are called as the outputs are.
    private void nameResults(Graph graph, List<String> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            Value v = graph.outputs().get(i);
            if (v.producer().isPresent()) {
                written.putIfAbsent(v, outputs.get(i));
            }
        }
    }

    private GraphProto finish(Graph graph, Graph spelled, List<Value> inputs, List<String> outputs) {
        Uses uses = Uses.of(spelled);
        uses.nodes().forEach(n -> node(n, uses::isWanted));
        List<ValueInfoProto> declared = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            String name = outputs.get(i);
            String source = name(spelled.outputs().get(i));
            if (!source.equals(name)) {
                nodes.add(NodeProto.of(
                        "", "Identity", nodeNames.unique(name), List.of(source), List.of(name), List.of()));
            }
            declared.add(ValueInfoProto.of(
                    name, OnnxTypes.proto(graph.outputs().get(i).type())));
        }
        List<ValueInfoProto> taken = inputs.stream()
                .map(v -> ValueInfoProto.of(name(v), OnnxTypes.proto(v.type())))
                .toList();
        return GraphProto.of(
                        graph.name().isEmpty() ? "graph" : graph.name(), needed(outputs), List.of(), taken, declared)
                .withValueInfo(hints);
    }

    /// The nodes that outputs depend on: some operands are said otherwise, and what made them is not needed
    /// then.
    private List<NodeProto> needed(List<String> outputs) {
        Set<String> names = new HashSet<>(outputs);
        List<NodeProto> needed = new ArrayList<>();
        for (NodeProto n : nodes.reversed()) {
            if (n.outputs().stream().anyMatch(names::contains)) {
                names.addAll(n.inputs());
                names.addAll(FreeNames.of(n));
                needed.addFirst(n);
            }
        }
        return needed;
    }

    /// How a value is called in the file; a constant is written where it is used first.
    private String name(Value v) {
        for (GraphExport g = this; g != null; g = g.outer) {
            String known = g.written.get(v);
            if (known != null) {
                return known;
            }
        }
        if (v.isParameter()) {
            return parameter(v);
        }
        String name = names.unique(v.name());
        written.put(v, name);
        v.constant().ifPresent(t -> literal(name, t));
        return name;
    }

    /// A Constant node, or an initializer where these have no such type yet.
    private void literal(String name, Tensor tensor) {
        Schema constant = Schemas.at("", "Constant", opsets.release().opset()).orElseThrow();
        if (constant.allows(constant.results().getFirst(), tensor.type())) {
            nodes.add(NodeProto.of(
                    "",
                    "Constant",
                    nodeNames.unique(name),
                    List.of(),
                    List.of(name),
                    List.of(AttributeProto.of("value", OnnxTensors.encode(name, tensor)))));
        } else {
            initializers.add(OnnxTensors.encode(name, tensor));
        }
    }

    private String parameter(Value v) {
        String name = parameterNames.computeIfAbsent(v, unseen -> names.unique(unseen.name()));
        GraphExport main = this;
        while (main.outer != null) {
            main = main.outer;
        }
        main.written.put(v, name);
        initializers.add(OnnxTensors.encode(name, v.constant().orElseThrow()));
        return name;
    }

    private void node(Node node, Predicate<Value> wanted) {
        if (node.op() instanceof OpaqueOp opaque) {
            opaque(node, opaque);
            return;
        }
        if (forms.of(node, this::body, wanted) instanceof Forms.Fits(NodeForm form)) {
            opsets.use(form.row().domain());
            List<String> in = form.operands().stream()
                    .map(o -> o.map(this::name).orElse(""))
                    .toList();
            List<String> out = form.results().stream()
                    .map(o -> o.map(this::name).orElse(""))
                    .toList();
            nodes.add(NodeProto.of(form.row().domain(), form.row().name(), nodeName(node), in, out, form.attributes()));
        } else if (obstacles.isEmpty()) {
            throw new IllegalStateException(node.title() + " was spelled, but has no form");
        }
    }

    private String nodeName(Node node) {
        String origins =
                node.origins().stream().filter(o -> !o.startsWith("rule: ")).collect(Collectors.joining("+"));
        return nodeNames.unique(origins.isEmpty() ? node.op().name() : origins);
    }

    /// A node as it was read, its operands and results under their names of now.
    private void opaque(Node node, OpaqueOp op) {
        Optional<NodeProto> original =
                op.original().filter(OnnxNode.class::isInstance).map(o -> ((OnnxNode) o).proto());
        Optional<String> reason = OpaqueForms.refusal(op, opsets.release());
        if (original.isEmpty() || reason.isPresent()) {
            obstacle(node, op, reason.orElse(op.reason()));
            return;
        }
        NodeProto proto = original.get();
        opsets.use(op.domain(), op.version());
        List<String> in = new ArrayList<>();
        int next = 0;
        for (String given : proto.inputs()) {
            in.add(given.isEmpty() ? "" : name(node.input(next++)));
        }
        for (String outside : FreeNames.of(proto)) {
            if (!names.isTaken(outside)) {
                obstacle(node, op, "its body uses %" + outside + ", which the graph has no more");
            }
        }
        List<String> out = new ArrayList<>();
        for (int i = 0; i < proto.outputs().size(); i++) {
            out.add(proto.outputs().get(i).isEmpty() ? "" : name(node.output(i)));
            if (!out.getLast().isEmpty()) {
                hints.add(ValueInfoProto.of(
                        out.getLast(), OnnxTypes.proto(node.output(i).type())));
            }
        }
        String name = proto.name().isEmpty() ? "" : nodeNames.unique(proto.name());
        nodes.add(proto.withName(name).withInputs(in).withOutputs(out));
    }

    private void obstacle(Node node, OpaqueOp op, String reason) {
        String domain = op.domain().isEmpty() ? "ai.onnx" : op.domain();
        obstacles.add(new Obstacle(
                String.join("+", node.origins()), op.name(), domain, reason, OpaqueForms.lowest(op, opsets.release())));
    }
}
