package dev.quern.graph;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Nodes in topological order, with named inputs and outputs. Immutable; made by [GraphBuilder].
public final class Graph {
    private final String name;
    private final List<Value> inputs;
    private final List<Node> nodes;
    private final List<String> outputNames;
    private final List<Value> outputs;

    Graph(String name, List<Value> inputs, List<Node> nodes, List<String> outputNames, List<Value> outputs) {
        this.name = name;
        this.inputs = List.copyOf(inputs);
        this.nodes = List.copyOf(nodes);
        this.outputNames = List.copyOf(outputNames);
        this.outputs = List.copyOf(outputs);
    }

    public String name() {
        return name;
    }

    public List<Value> inputs() {
        return inputs;
    }

    /// The input called `name`.
    public Optional<Value> input(String name) {
        return inputs.stream().filter(v -> v.name().equals(name)).findFirst();
    }

    public List<Node> nodes() {
        return nodes;
    }

    /// The names under which the results are given; they may differ from the names of the values.
    public List<String> outputNames() {
        return outputNames;
    }

    public List<Value> outputs() {
        return outputs;
    }

    /// Every constant that a node or an output uses, in order of first use.
    public List<Value> constants() {
        Set<Value> found = new LinkedHashSet<>();
        for (Node n : nodes) {
            n.inputs().stream()
                    .filter(v -> v.definition() instanceof Value.Constant)
                    .forEach(found::add);
        }
        outputs.stream().filter(v -> v.definition() instanceof Value.Constant).forEach(found::add);
        return List.copyOf(found);
    }

    /// The initializers: constants with an identity of their own.
    public List<Value> parameters() {
        return constants().stream().filter(Value::isParameter).toList();
    }

    /// The graph as readable text.
    @Override
    public String toString() {
        return GraphPrinter.print(this);
    }
}
