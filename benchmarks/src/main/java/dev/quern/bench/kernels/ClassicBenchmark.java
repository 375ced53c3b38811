package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Softmaxes;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.Trees;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Param;

/// Models of rows with 20 features, as ONNX-ML has them.
public class ClassicBenchmark extends KernelBenchmark {
    /// The model.
    public enum Form {
        /// The mean of 100 trees of depth 8.
        FOREST(100, 8, TreeEnsemble.Aggregate.AVERAGE),
        /// The sum of 500 trees of depth 4.
        BOOSTING(500, 4, TreeEnsemble.Aggregate.SUM),
        /// A logistic regression with 3 classes.
        LINEAR(0, 0, TreeEnsemble.Aggregate.SUM);

        private final int trees;
        private final int depth;
        private final TreeEnsemble.Aggregate aggregate;

        Form(int trees, int depth, TreeEnsemble.Aggregate aggregate) {
            this.trees = trees;
            this.depth = depth;
            this.aggregate = aggregate;
        }
    }

    private static final int FEATURES = 20;

    @Param
    public Form work;

    @Param({"1", "1000"})
    public int rows;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(rows, FEATURES)));
        g.output(
                "y",
                work == Form.LINEAR
                        ? g.apply(new Softmaxes.Softmax(-1), l.dense(x, FEATURES, 3))
                        : g.apply(
                                new TreeEnsemble(trees(), work.aggregate),
                                x,
                                l.weights(6, (long) work.trees * leaves())));
        return g.build();
    }

    private int leaves() {
        return 1 << work.depth;
    }

    /// Full trees, each a heap: node i goes on at 2·i and 2·i + 1.
    private Trees trees() {
        SplittableRandom random = new SplittableRandom(5);
        Map<Integer, Trees.Node> nodes = new HashMap<>();
        for (int tree = 0; tree < work.trees; tree++) {
            int base = 2 * leaves() * tree;
            for (int i = 1; i < leaves(); i++) {
                int feature = random.nextInt(FEATURES);
                float threshold = (float) random.nextDouble(-1, 1);
                int yes = base + 2 * i;
                nodes.put(base + i, new Trees.Decision(feature, Trees.Mode.LEQ, threshold, false, yes, yes + 1));
            }
            for (int i = 0; i < leaves(); i++) {
                nodes.put(base + leaves() + i, new Trees.Leaf(List.of(0), List.of(tree * leaves() + i)));
            }
        }
        List<Integer> roots = IntStream.range(0, work.trees)
                .mapToObj(tree -> 2 * leaves() * tree + 1)
                .toList();
        return new Trees(1, nodes, roots);
    }
}
