package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes a graph: inputs, constants, operators applied to values, outputs. Types are inferred as nodes are added, so a
/// mistake is reported at the node that makes it.
public final class GraphBuilder {
    private final String name;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> outputNames = new ArrayList<>();
    private final List<Value> outputs = new ArrayList<>();
    private final Map<String, Integer> taken = new HashMap<>();
    private final Map<Value, Optional<Tensor>> known = new IdentityHashMap<>();
    private final Optional<Interner> interner;
    private List<String> origins = List.of();
    private Runnable watcher = () -> {};

    public GraphBuilder(String name) {
        this(name, Optional.empty());
    }

    private GraphBuilder(String name, Optional<Interner> interner) {
        this.name = name;
        this.interner = interner;
    }

    /// A builder that gives the results of the first time where an operator is applied to the same values again.
    public static GraphBuilder interning(String name) {
        return new GraphBuilder(name, Optional.of(new Interner()));
    }

    /// Runs `newWatcher` before each node that is added from here on; it may throw to stop the building.
    public GraphBuilder watchedBy(Runnable newWatcher) {
        watcher = newWatcher;
        return this;
    }

    public Value input(String name, Type type) {
        Value v = new Value(unique(name), type, new Value.Input());
        inputs.add(v);
        return v;
    }

    /// A literal.
    public Value constant(Tensor tensor) {
        return new Value(numbered("c"), tensor.type(), new Value.Constant(tensor, false));
    }

    /// An initializer: a leaf with an identity of its own.
    public Value parameter(String name, Tensor tensor) {
        return new Value(unique(name), tensor.type(), new Value.Constant(tensor, true));
    }

    /// A scalar literal.
    public Value scalar(DType dtype, double value) {
        return constant(Tensor.scalar(dtype, value));
    }

    /// A literal vector of i64, as shape operands are.
    public Value longs(long... values) {
        return constant(Tensor.of(values, values.length));
    }

    /// Nodes added from here on say that they stand for `origins`.
    public GraphBuilder at(List<String> origins) {
        this.origins = List.copyOf(origins);
        return this;
    }

    public GraphBuilder at(String origin) {
        return at(List.of(origin));
    }

    public List<String> origins() {
        return origins;
    }

    /// The only output of `op` applied to `in`.
    public Value apply(Op op, Value... in) {
        return apply(op, List.of(in)).getFirst();
    }

    /// All outputs of `op` applied to `in`.
    ///
    /// @throws ShapeException where the operands do not fit; the message names the node
    public List<Value> apply(Op op, List<Value> in) {
        return apply(op, in, List.of());
    }

    /// All outputs of `op` applied to `in`, with names for the first ones.
    public List<Value> apply(Op op, List<Value> in, List<String> names) {
        return interner.map(known -> known.intern(op, in, () -> added(op, in, names)))
                .orElseGet(() -> added(op, in, names));
    }

    private List<Value> added(Op op, List<Value> in, List<String> names) {
        List<Type> types;
        try {
            types = op.infer(operands(in));
        } catch (ShapeException e) {
            throw e.at(Node.title(op, origins));
        }
        return add(op, in, types, names).outputs();
    }

    /// Adds a node whose output types are known already (from a rewrite, or from the file for an opaque operator).
    public Node add(Op op, List<Value> in, List<Type> types, List<String> names) {
        watcher.run();
        List<Value> out = new ArrayList<>(types.size());
        Node node = new Node(op, in, origins, out);
        for (int i = 0; i < types.size(); i++) {
            String own = i < names.size() && !names.get(i).isEmpty() ? unique(names.get(i)) : numbered("v");
            out.add(new Value(own, types.get(i), new Value.Result(node, i)));
        }
        nodes.add(node);
        return node;
    }

    public void output(String name, Value value) {
        outputNames.add(name);
        outputs.add(value);
    }

    public Graph build() {
        return new Graph(name, inputs, nodes, outputNames, outputs);
    }

    /// Copies the nodes of `graph` into this builder, its inputs replaced by `arguments`.
    ///
    /// @return what the outputs of `graph` have become
    public List<Value> inline(Graph graph, List<Value> arguments) {
        Map<Value, Value> to = new IdentityHashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            to.put(graph.inputs().get(i), arguments.get(i));
        }
        inline(graph, to);
        return graph.outputs().stream().map(v -> to.getOrDefault(v, v)).toList();
    }

    /// Copies the nodes of `graph` into this builder.
    ///
    /// @param to what values of `graph` become: inputs, and constants that are exchanged; the results of nodes are
    ///     added
    public void inline(Graph graph, Map<Value, Value> to) {
        List<String> before = origins;
        for (Node n : graph.nodes()) {
            copy(n, to);
        }
        at(before);
    }

    /// Copies one node; see [#inline(Graph, Map)].
    public void copy(Node n, Map<Value, Value> to) {
        at(n.origins());
        List<Value> in = n.inputs().stream().map(v -> to.getOrDefault(v, v)).toList();
        List<Value> out = n.op() instanceof OpaqueOp
                ? add(n.op(), in, n.outputs().stream().map(Value::type).toList(), names(n))
                        .outputs()
                : apply(n.op(), in, names(n));
        for (int i = 0; i < out.size(); i++) {
            to.put(n.output(i), out.get(i));
        }
    }

    private static List<String> names(Node n) {
        return n.outputs().stream().map(Value::name).toList();
    }

    /// What is known of `in`: types, and the values that follow from constants and fixed shapes.
    public Operands operands(List<Value> in) {
        return new Operands() {
            @Override
            public int size() {
                return in.size();
            }

            @Override
            public Type type(int i) {
                return in.get(i).type();
            }

            @Override
            public Optional<Tensor> value(int i) {
                return valueOf(in.get(i));
            }
        };
    }

    /// The value of `v` if it follows from constants and fixed shapes alone; looked for in small integer tensors
    /// only.
    public Optional<Tensor> valueOf(Value v) {
        // from a stack of its own: a chain of nodes may be longer than a thread's
        Deque<Value> open = new ArrayDeque<>(List.of(v));
        while (!isDecided(v)) {
            Value top = open.getFirst();
            Optional<Value> first = ShapeValues.undecided(top, this::isDecided, this::decided);
            if (first.isPresent()) {
                open.push(first.get());
            } else {
                known.put(top, ShapeValues.fold(top, this::decided));
                open.pop();
            }
        }
        return decided(v);
    }

    private boolean isDecided(Value v) {
        return v.definition() instanceof Value.Constant || known.containsKey(v);
    }

    private Optional<Tensor> decided(Value v) {
        return v.definition() instanceof Value.Constant c
                ? Optional.of(c.tensor())
                : known.getOrDefault(v, Optional.empty());
    }

    /// `wanted`, or with a number behind it if that name is taken.
    private String unique(String wanted) {
        return taken.putIfAbsent(wanted, 1) == null ? wanted : numbered(wanted);
    }

    private String numbered(String wanted) {
        int next = taken.getOrDefault(wanted, 1);
        String candidate;
        do {
            candidate = wanted + (wanted.length() > 1 ? "_" : "") + next++;
        } while (taken.putIfAbsent(candidate, 1) != null);
        taken.put(wanted, next);
        return candidate;
    }
}
