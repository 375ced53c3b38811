package dev.quern.onnx;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Operands;
import dev.quern.graph.ShapeValues;
import dev.quern.graph.Value;
import dev.quern.onnx.proto.AttributeValue;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A node that can be read only when the ranks of its operands are known, which the file leaves open: a composite that
/// is expanded, by reading the node, when inputs are bound. What must be known before, the element types of its results
/// and which operands decide shapes, is found by reading it at ranks that it takes; where none of those tried fits, the
/// types are those of the standard's [Schema], and every operand of integers may decide a shape.
final class RankedLater implements CompositeOp {
    private static final List<Integer> TRIED = List.of(4, 3, 2, 1, 5);

    private final Row row;
    private final NodeProto proto;
    private final OpaqueOp asRead;
    private final Function<GraphBuilder, GraphImport> reader;
    /// Where the operands of this stand among those of the node, some of which may be absent.
    private final List<Integer> places;
    private final List<DType> dtypes;
    private final Set<Integer> shapeOperands;

    private RankedLater(
            Row row,
            NodeProto proto,
            OpaqueOp asRead,
            Function<GraphBuilder, GraphImport> reader,
            List<Integer> places,
            List<DType> dtypes,
            Set<Integer> shapeOperands) {
        this.row = row;
        this.proto = proto;
        this.asRead = asRead;
        this.reader = reader;
        this.places = places;
        this.dtypes = dtypes;
        this.shapeOperands = shapeOperands;
    }

    /// The operator for a node, if it has a meaning at some rank, in tensors, and on kernels.
    ///
    /// @param reader reads into a builder what stands in the graph of the node
    static Optional<RankedLater> of(
            Row row,
            NodeProto proto,
            OpaqueOp asRead,
            Function<GraphBuilder, GraphImport> reader,
            List<Optional<Value>> operands) {
        boolean hasBodies = proto.attributes().stream().anyMatch(a -> a.value() instanceof AttributeValue.OfGraph);
        List<Integer> places = IntStream.range(0, operands.size())
                .filter(i -> operands.get(i).isPresent())
                .boxed()
                .toList();
        List<Value> present = operands.stream().flatMap(Optional::stream).toList();
        RankedLater untyped = new RankedLater(row, proto, asRead, reader, places, List.of(), Set.of());
        return hasBodies
                ? Optional.empty()
                : TRIED.stream()
                        .flatMap(first -> TRIED.stream().map(rest -> untyped.at(first, rest, present)))
                        .flatMap(Optional::stream)
                        .findFirst()
                        .or(() -> untyped.bySchema(operands, present));
    }

    /// This with the types of the standard, where operands decide those of the results.
    private Optional<RankedLater> bySchema(List<Optional<Value>> operands, List<Value> present) {
        Optional<Schema> schema = Schemas.at(row.domain(), row.name(), asRead.version());
        if (schema.isEmpty() || !present.stream().allMatch(v -> v.type() instanceof Type.TensorType)) {
            return Optional.empty();
        }
        Map<String, DType> bound = new HashMap<>();
        for (int i : places) {
            DType dtype = operands.get(i).orElseThrow().dtype();
            schema.get().operand(i).ifPresent(formal -> bound.putIfAbsent(formal.type(), dtype));
        }
        List<DType> results = new ArrayList<>();
        for (int i = 0; i < proto.outputs().size(); i++) {
            Optional<DType> dtype = schema.get()
                    .result(i)
                    .flatMap(formal -> Optional.ofNullable(bound.get(formal.type()))
                            .or(() -> schema.get().elements(formal).stream()
                                    .filter(only -> schema.get().types(formal).size() == 1)
                                    .findFirst()));
            if (dtype.isEmpty()) {
                return Optional.empty();
            }
            results.add(dtype.get());
        }
        Set<Integer> counts = IntStream.range(0, present.size())
                .filter(i -> isCount(present.get(i).dtype()))
                .boxed()
                .collect(Collectors.toSet());
        return Optional.of(new RankedLater(row, proto, asRead, reader, places, results, counts));
    }

    private static boolean isCount(DType dtype) {
        return dtype == DType.I64 || dtype == DType.I32;
    }

    /// This with the types that it has where operand 0 has the rank `first` and others have `rest`, if they are
    /// unknown.
    private Optional<RankedLater> at(int first, int rest, List<Value> operands) {
        GraphBuilder g = new GraphBuilder(row.name());
        Map<Value, Set<Integer>> from = new IdentityHashMap<>();
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Value v = operands.get(i);
            in.add(v.constant().isPresent() ? v : g.input(v.name(), ranked(v.type(), i == 0 ? first : rest)));
            from.put(in.getLast(), Set.of(i));
        }
        List<Value> out;
        try {
            out = expand(g, in);
        } catch (ShapeException | ArithmeticException notThere) {
            return Optional.empty();
        }
        List<Node> nodes = g.build().nodes();
        boolean onKernels = nodes.stream().noneMatch(n -> n.op() instanceof HostOp || n.op() instanceof OpaqueOp)
                && out.stream()
                        .allMatch(v -> v.type() instanceof Type.TensorType t
                                && !t.dtype().isHostOnly());
        return onKernels
                ? Optional.of(new RankedLater(
                        row,
                        proto,
                        asRead,
                        reader,
                        places,
                        out.stream().map(Value::dtype).toList(),
                        deciding(nodes, from)))
                : Optional.empty();
    }

    private static Type ranked(Type type, int rank) {
        return type instanceof Type.TensorType(DType dtype, Shape shape) && !shape.isRanked()
                ? Type.tensor(dtype, Shape.of(Collections.nCopies(rank, Dim.UNKNOWN)))
                : type;
    }

    /// The operands on whose values a shape depends.
    ///
    /// @param from the operands that each value follows from; those of results are added
    private static Set<Integer> deciding(List<Node> nodes, Map<Value, Set<Integer>> from) {
        Set<Integer> deciding = new HashSet<>();
        for (Node n : nodes) {
            Set<Integer> all = new HashSet<>();
            for (int i = 0; i < n.inputs().size(); i++) {
                Set<Integer> own = from.getOrDefault(n.input(i), Set.of());
                all.addAll(n.op() instanceof ShapeValues.ShapeOf ? Set.of() : own);
                deciding.addAll(n.op().shapeOperands().contains(i) ? own : Set.of());
            }
            n.outputs().forEach(v -> from.put(v, all));
        }
        return deciding;
    }

    /// `graph` with such nodes as they were read.
    static Graph asRead(Graph graph) {
        if (graph.nodes().stream().noneMatch(n -> n.op() instanceof RankedLater)) {
            return graph;
        }
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Node n : graph.nodes()) {
            if (n.op() instanceof RankedLater later) {
                List<Value> in =
                        n.inputs().stream().map(v -> to.getOrDefault(v, v)).toList();
                List<Type> types = n.outputs().stream().map(Value::type).toList();
                List<String> names = n.outputs().stream().map(Value::name).toList();
                Node copy = g.at(n.origins()).add(later.asRead, in, types, names);
                for (int i = 0; i < types.size(); i++) {
                    to.put(n.output(i), copy.output(i));
                }
            } else {
                g.copy(n, to);
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }

    @Override
    public String name() {
        return row.name();
    }

    @Override
    public Set<Integer> shapeOperands() {
        return shapeOperands;
    }

    @Override
    public boolean isExpandable(Operands in) {
        return IntStream.range(0, in.size()).allMatch(i -> in.shape(i).isRanked());
    }

    @Override
    public List<DType> dtypes(Operands in) {
        return dtypes;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        List<Optional<Value>> operands = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            while (operands.size() < places.get(i)) {
                operands.add(Optional.empty());
            }
            operands.add(Optional.of(in.get(i)));
        }
        if (g.origins().isEmpty()) {
            g.at(GraphImport.title(proto));
        }
        try {
            return row.form().apply(new NodeImport(reader.apply(g), proto, operands, (int) asRead.version()));
        } catch (UnsupportedNodeException e) {
            throw new ShapeException(row.name() + ": " + e.getMessage());
        }
    }
}
