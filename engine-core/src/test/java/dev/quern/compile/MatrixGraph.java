package dev.quern.compile;

import dev.quern.backend.RunControl;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.reference.ReferenceBackend;
import dev.quern.session.GraphRunner;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// A graph of the matrices x = [1 2; 3 4] and y = [10 20; 30 40].
record MatrixGraph(Graph graph) {
    private static final List<Tensor> MATRICES =
            List.of(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), Tensor.of(new float[] {10, 20, 30, 40}, 2, 2));

    /// @param nodes the results from x and y
    static MatrixGraph of(BiFunction<GraphBuilder, List<Value>, List<Value>> nodes) {
        GraphBuilder g = new GraphBuilder("matrices");
        Type matrix = Type.tensor(DType.F32, 2, 2);
        List<Value> out = nodes.apply(g, List.of(g.input("x", matrix), g.input("y", matrix)));
        for (int i = 0; i < out.size(); i++) {
            g.output("out" + i, out.get(i));
        }
        return new MatrixGraph(g.build());
    }

    /// The names of the kernels, in order.
    List<String> kernels() {
        Plan plan = Partition.of(graph, new ReferenceBackend());
        Plan.Region region = (Plan.Region) plan.steps().getFirst();
        Program program = new Compiler(plan.graph()).compile(region, Binding.of(region, MATRICES), RunControl.NONE);
        return program.steps().stream()
                .map(Program.Step::kernel)
                .map(k ->
                        k instanceof Kernel.Map map ? "Map of " + map.outputs().size() : k.name())
                .toList();
    }

    /// Result number `i`.
    double[] result(int i) {
        try (GraphRunner runner = GraphRunner.of(graph, ModelOptions.defaults().backend(new ReferenceBackend()))) {
            return runner.run(MATRICES, Collections.nCopies(graph.outputs().size(), Optional.empty()))
                    .get(i)
                    .asTensor()
                    .toDoubles();
        }
    }
}
