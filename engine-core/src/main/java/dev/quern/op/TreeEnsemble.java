package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/// What decision trees together say of each row of operand 0, `[N,F]` of numbers; operand 1 holds the weights of the
/// leaves, f32 or f64. The result, `[N,targets]`, has the type of the weights; a target that no leaf speaks of is 0.
///
/// The common part of ONNX-ML TreeEnsembleClassifier, TreeEnsembleRegressor (opset 3) and TreeEnsemble (opset 5). Sums
/// are taken in double, tree after tree.
public record TreeEnsemble(Trees trees, Aggregate aggregate) implements HostOp {
    /// Rows that one tree is asked for before the next tree.
    private static final int BLOCK = 64;

    /// How the trees' numbers for a target become one.
    public enum Aggregate {
        SUM,
        AVERAGE,
        MIN,
        MAX
    }

    @Override
    public Set<Integer> weightOperands() {
        return Set.of(1);
    }

    /// With respect to the weights; what the trees say does not change with small changes of the features.
    @Override
    public boolean isDifferentiable() {
        return true;
    }

    /// Trees that say for each row which entries of leaves it comes to; each of these passes on the cotangent of its
    /// target, unless another one was the least or the greatest.
    @Override
    public void gradient(Adjoint a) {
        if (!a.wants(1)) {
            return;
        }
        GraphBuilder g = a.graph();
        DType dtype = a.input(1).dtype();
        Trees.Entries entries = trees.entries();
        Aggregate how = aggregate == Aggregate.AVERAGE ? Aggregate.AVERAGE : Aggregate.SUM;
        Value hits = g.apply(
                new TreeEnsemble(entries.trees(), how),
                a.input(0),
                g.constant(Tensor.scalar(dtype, 1).reshape(1)));
        Value targets = g.longs(entries.targets());
        Value weights = g.longs(entries.weights());
        Value parts = g.apply(
                Arithmetic.MUL,
                hits,
                g.apply(new Indexing.Gather(1), a.cotangent(0).orElseThrow(), targets));
        if (aggregate == Aggregate.MIN || aggregate == Aggregate.MAX) {
            parts = ExprOp.apply(
                    g,
                    "Chosen",
                    v -> Expr.select(v.get(1).eq(v.get(2)), v.get(0), v.get(0).like(0)),
                    parts,
                    g.apply(new Indexing.Gather(0), a.input(1), weights),
                    g.apply(new Indexing.Gather(1), a.output(0), targets));
        }
        Value sums = g.apply(new Reduce(Reduce.Kind.SUM, false), parts, g.longs(0));
        Value zeros = Reductions.filled(g, 0, a.input(1));
        a.give(1, g.apply(new Scattering.ScatterElements(0, Kernel.Combine.ADD), zeros, weights, sums));
    }

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(2, 2);
        in.require(1, DType.F32, DType.F64);
        Shape x = in.shape(0);
        if (x.isRanked() && x.rank() != 2) {
            throw new ShapeException("rows of features are needed, [N,F], not " + in.tensor(0));
        }
        if (x.isRanked() && x.dim(1).isFixed() && x.dim(1).extent() < trees.features()) {
            throw new ShapeException(
                    "the trees ask for " + trees.features() + " features, but operand 0 is " + in.tensor(0));
        }
        Shape w = in.shape(1);
        if (w.isConcrete() && w.elements() < trees.weights()) {
            throw new ShapeException(
                    "the trees draw from " + trees.weights() + " weights, but operand 1 is " + in.tensor(1));
        }
        return List.of(
                Type.tensor(in.dtype(1), x.isRanked() ? Shape.of(x.dim(0), Dim.of(trees.targets())) : Shape.UNRANKED));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        infer(Operands.ofValues(in));
        Tensor x = in.getFirst().asTensor();
        int rows = (int) x.shape().dim(0).extent();
        int columns = (int) x.shape().dim(1).extent();
        int targets = trees.targets();
        IntToDoubleFunction weights = weights(in.get(1).asTensor(), rows);
        Tensor out = Tensor.zeros(in.get(1).asTensor().dtype(), rows, targets);
        int most = Math.min(BLOCK, rows);
        double[] block = new double[most * columns];
        double[] sums = new double[most * targets];
        boolean[] spoken = new boolean[most * targets];
        for (int first = 0; first < rows; first += BLOCK) {
            host.checkCancelled();
            int count = Math.min(BLOCK, rows - first);
            read(x, first * columns, block, count * columns);
            Arrays.fill(sums, 0);
            Arrays.fill(spoken, false);
            for (int t = 0; t < trees.count(); t++) {
                for (int r = 0; r < count; r++) {
                    add(trees.leaf(t, block, r * columns), weights, sums, spoken, r * targets);
                }
            }
            double scale = aggregate == Aggregate.AVERAGE ? 1.0 / Math.max(1, trees.count()) : 1;
            for (int i = 0; i < count * targets; i++) {
                out.elements().set(first * targets + i, sums[i] * scale);
            }
        }
        return List.of(out);
    }

    /// The weights by number: a few rows visit few of them, so only many rows are worth a copy.
    private IntToDoubleFunction weights(Tensor weights, int rows) {
        if ((long) rows * trees.count() * trees.targets() < weights.length()) {
            return weights::getDouble;
        }
        double[] all = weights.toDoubles();
        return i -> all[i];
    }

    private static void read(Tensor x, int from, double[] into, int count) {
        if (x.array() instanceof float[] floats) {
            for (int i = 0; i < count; i++) {
                into[i] = floats[from + i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                into[i] = x.getDouble(from + i);
            }
        }
    }

    private void add(int leaf, IntToDoubleFunction weights, double[] sums, boolean[] spoken, int row) {
        for (int e = trees.firstEntry(leaf); e < trees.firstEntry(leaf + 1); e++) {
            int at = row + trees.target(e);
            double w = weights.applyAsDouble(trees.weight(e));
            sums[at] = switch (aggregate) {
                case SUM, AVERAGE -> sums[at] + w;
                case MIN -> spoken[at] ? Math.min(sums[at], w) : w;
                case MAX -> spoken[at] ? Math.max(sums[at], w) : w;
            };
            spoken[at] = true;
        }
    }

    private static Trees stumps() {
        return new Trees(
                2,
                Map.of(
                        "a", new Trees.Decision(0, Trees.Mode.LEQ, 0.25, false, "b", "c"),
                        "b", new Trees.Leaf(List.of(0), List.of(0)),
                        "c", new Trees.Decision(2, Trees.Mode.GT, -1, true, "d", "e"),
                        "d", new Trees.Leaf(List.of(0, 1), List.of(1, 2)),
                        "e", new Trees.Leaf(List.of(1), List.of(3)),
                        "f", new Trees.Decision(1, Trees.Mode.LT, 0, false, "g", "h"),
                        "g", new Trees.Leaf(List.of(1), List.of(4)),
                        "h", new Trees.Leaf(List.of(0), List.of(5))),
                List.of("a", "f"));
    }

    static Stream<Example> examples() {
        return Stream.of(Aggregate.values())
                .flatMap(how -> Stream.of(
                        Example.of(
                                new TreeEnsemble(stumps(), how),
                                Example.f32(70, 3).notDifferentiable(),
                                Example.f32(6)),
                        Example.of(
                                new TreeEnsemble(stumps(), how),
                                Example.operand(DType.I64, 3, 4),
                                Example.operand(DType.F64, 6))));
    }
}
