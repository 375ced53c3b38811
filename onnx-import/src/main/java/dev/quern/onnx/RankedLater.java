package dev.quern.onnx;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Operands;
import dev.quern.graph.ShapeValues;
import dev.quern.graph.Value;
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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A node that can be read only when the ranks of its operands are known, which the file leaves open: a composite that
/// is expanded, by reading the node, when inputs are bound. What must be known before, the element types of its results
/// and which operands decide shapes, is found by reading it at ranks that it takes; where none of those tried fits, the
/// types are those of the standard's [Schema], and every operand of integers may decide a shape.
final class RankedLater implements CompositeOp {
    private static final List<Integer> TRIED = List.of(4, 3, 2, 1, 5);

    private final LateReading reading;
    private final List<DType> dtypes;
    private final Set<Integer> shapeOperands;

    private RankedLater(LateReading reading, List<DType> dtypes, Set<Integer> shapeOperands) {
        this.reading = reading;
        this.dtypes = dtypes;
        this.shapeOperands = shapeOperands;
    }

    /// The operator for a node, if it has a meaning at some rank: one of kernels where it is on tensors, else of
    /// the host ([RankedOnHost]).
    ///
    /// @param operands those of the node, and behind them what its bodies use
    static Optional<Op> of(LateReading reading, List<Value> operands) {
        return TRIED.stream()
                .flatMap(first -> TRIED.stream().map(rest -> at(reading, first, rest, operands)))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> bySchema(reading, operands));
    }

    /// With the types of the standard, where operands decide those of the results.
    private static Optional<Op> bySchema(LateReading reading, List<Value> operands) {
        Optional<Schema> schema = Schemas.at(
                reading.row().domain(), reading.row().name(), reading.asRead().version());
        List<Value> named = reading.named(operands);
        if (schema.isEmpty() || !named.stream().allMatch(v -> v.type() instanceof Type.TensorType)) {
            return Optional.empty();
        }
        Map<String, DType> bound = new HashMap<>();
        for (int i = 0; i < named.size(); i++) {
            DType dtype = named.get(i).dtype();
            schema.get().operand(reading.places().get(i)).ifPresent(formal -> bound.putIfAbsent(formal.type(), dtype));
        }
        List<DType> results = new ArrayList<>();
        for (int i = 0; i < reading.proto().outputs().size(); i++) {
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
        boolean onHost = !reading.captured().isEmpty()
                || results.stream().anyMatch(DType::isHostOnly)
                || named.stream().anyMatch(v -> v.dtype().isHostOnly());
        if (onHost) {
            List<Type> types = results.stream()
                    .<Type>map(t -> Type.tensor(t, Shape.UNRANKED))
                    .toList();
            return Optional.of(new RankedOnHost(reading, operands, types));
        }
        Set<Integer> counts = IntStream.range(0, named.size())
                .filter(i -> isCount(named.get(i).dtype()))
                .boxed()
                .collect(Collectors.toSet());
        return Optional.of(new RankedLater(reading, results, counts));
    }

    private static boolean isCount(DType dtype) {
        return dtype == DType.I64 || dtype == DType.I32;
    }

    /// With the types that the node has where operand 0 has the rank `first` and others have `rest`, if they are
    /// unknown.
    private static Optional<Op> at(LateReading reading, int first, int rest, List<Value> operands) {
        GraphBuilder g = new GraphBuilder(reading.row().name());
        Map<Value, Set<Integer>> from = new IdentityHashMap<>();
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Value v = operands.get(i);
            in.add(v.constant().isPresent() ? v : g.input(v.name(), ranked(v.type(), i == 0 ? first : rest)));
            from.put(in.getLast(), Set.of(i));
        }
        List<Value> out;
        try {
            out = reading.read(g, in);
        } catch (ShapeException | ArithmeticException notThere) {
            return Optional.empty();
        }
        List<Node> nodes = g.build().nodes();
        if (nodes.stream().anyMatch(n -> n.op() instanceof OpaqueOp)) {
            return Optional.empty();
        }
        boolean onKernels = nodes.stream().noneMatch(n -> n.op() instanceof HostOp)
                && Stream.concat(out.stream(), operands.stream())
                        .allMatch(v -> v.type() instanceof Type.TensorType t
                                && !t.dtype().isHostOnly());
        return Optional.of(
                onKernels
                        ? new RankedLater(
                                reading, out.stream().map(Value::dtype).toList(), deciding(nodes, from))
                        : new RankedOnHost(
                                reading,
                                operands,
                                out.stream().map(v -> withoutShape(v.type())).toList()));
    }

    private static Type withoutShape(Type type) {
        return switch (type) {
            case Type.TensorType(DType dtype, Shape ignored) -> Type.tensor(dtype, Shape.UNRANKED);
            case Type.SequenceType(Type element) -> new Type.SequenceType(withoutShape(element));
            case Type.OptionalType(Type element) -> new Type.OptionalType(withoutShape(element));
            case Type.MapType map -> map;
        };
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
        if (graph.nodes().stream().allMatch(n -> reading(n.op()).isEmpty())) {
            return graph;
        }
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Node n : graph.nodes()) {
            Optional<LateReading> later = reading(n.op());
            if (later.isPresent()) {
                List<Value> in = later.get().named(n.inputs()).stream()
                        .map(v -> to.getOrDefault(v, v))
                        .toList();
                List<Type> types = n.outputs().stream().map(Value::type).toList();
                List<String> names = n.outputs().stream().map(Value::name).toList();
                Node copy = g.at(n.origins()).add(later.get().asRead(), in, types, names);
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

    private static Optional<LateReading> reading(Op op) {
        return switch (op) {
            case RankedLater later -> Optional.of(later.reading);
            case RankedOnHost onHost -> Optional.of(onHost.reading());
            default -> Optional.empty();
        };
    }

    @Override
    public String name() {
        return reading.row().name();
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
        return reading.read(g, in);
    }
}
