package dev.quern.train;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.ReadWhenRanked;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import dev.quern.train.Dataset.Batch;
import java.util.List;
import java.util.Objects;

/// A graph as all batches of a data set see it: its inputs have the batches' extents, an input of one integer that is
/// the same in all of them (a sampling rate) is a constant, branches that follow from both are decided, and nodes whose
/// meaning depends on ranks that the file leaves open are read. So gradients are found where the graph says too little.
final class SeenByData {
    private final GraphCopy copy;
    private boolean hasChanged;

    private SeenByData(Graph graph) {
        this.copy = new GraphCopy(graph);
    }

    /// `graph`, or the same where batches differ in their extents.
    ///
    /// @param columns the data set's column for each input
    static Graph of(Graph graph, List<String> columns, Dataset data) {
        List<Batch> batches = data.given();
        Graph seen = graph;
        boolean changes = !batches.isEmpty()
                && columns.stream()
                        .allMatch(c -> batches.stream()
                                .allMatch(b -> column(b, c)
                                        .type()
                                        .equals(column(batches.getFirst(), c).type())));
        while (changes) {
            SeenByData round = new SeenByData(seen);
            seen = round.read(seen, columns, batches);
            changes = round.hasChanged;
        }
        return seen;
    }

    private static Tensor column(Batch batch, String name) {
        return Objects.requireNonNull(batch.inputs().get(name));
    }

    private Graph read(Graph graph, List<String> columns, List<Batch> batches) {
        GraphBuilder g = copy.builder();
        for (int i = 0; i < columns.size(); i++) {
            Value before = graph.inputs().get(i);
            Tensor first = column(batches.getFirst(), columns.get(i));
            Value input = g.input(before.name(), first.type());
            String name = columns.get(i);
            boolean isFixed = first.dtype().isInteger()
                    && first.length() == 1
                    && batches.stream().allMatch(b -> column(b, name).getLong(0) == first.getLong(0));
            copy.put(before, isFixed ? g.constant(first) : input);
        }
        graph.nodes().forEach(this::node);
        return copy.finish();
    }

    private void node(Node n) {
        GraphBuilder g = copy.builder();
        List<Value> in = copy.of(n.inputs());
        g.at(n.origins());
        switch (n.op()) {
            case ControlFlow.If branches
            when g.valueOf(in.getFirst()).isPresent() -> {
                boolean condition = g.valueOf(in.getFirst()).orElseThrow().getLong(0) != 0;
                int split = 1 + branches.then().inputs().size();
                Graph taken = condition ? branches.then() : branches.otherwise();
                List<Value> captured = condition ? in.subList(1, split) : in.subList(split, in.size());
                for (int i = 0; i < captured.size(); i++) {
                    copy.put(taken.inputs().get(i), captured.get(i));
                }
                taken.nodes().forEach(this::node);
                becomes(n, copy.of(taken.outputs()));
            }
            case CompositeOp op when !isRanked(n.inputs()) && isRanked(in) -> becomes(n, op.expand(g, in));
            case ReadWhenRanked op when isRanked(in) -> becomes(n, op.read(g, in));
            default -> copy.copy(n);
        }
    }

    private void becomes(Node n, List<Value> results) {
        hasChanged = true;
        for (int i = 0; i < n.outputs().size(); i++) {
            copy.put(n.output(i), results.get(i));
        }
    }

    private static boolean isRanked(List<Value> operands) {
        return operands.stream()
                .allMatch(v -> v.type() instanceof TensorType t && t.shape().isRanked());
    }
}
