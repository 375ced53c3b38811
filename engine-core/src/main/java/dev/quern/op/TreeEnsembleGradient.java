package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.op.TreeEnsemble.Aggregate;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The gradient of [TreeEnsemble] with respect to the weights of its leaves: operands are those of the ensemble and the
/// cotangent of its result; the result has the type of the weights. Each row's cotangent goes to the weights of the
/// leaves that the row comes to; where a target is the least or the greatest of them, to the first such one.
///
/// It is linear in the cotangent. Where it does not depend on the weights (sums and averages), it has a gradient
/// itself.
public record TreeEnsembleGradient(Trees trees, Aggregate aggregate) implements HostOp {

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(3, 3);
        in.require(1, DType.F32, DType.F64);
        return List.of(in.type(1));
    }

    @Override
    public boolean isDifferentiable() {
        return aggregate == Aggregate.SUM || aggregate == Aggregate.AVERAGE;
    }

    @Override
    public void gradient(Adjoint a) {
        if (a.wants(2)) {
            a.give(
                    2,
                    a.graph()
                            .apply(
                                    new TreeEnsemble(trees, aggregate),
                                    a.input(0),
                                    a.cotangent(0).orElseThrow()));
        }
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.get(0).asTensor();
        Tensor weights = in.get(1).asTensor();
        Tensor cotangent = in.get(2).asTensor();
        int rows = (int) x.shape().dim(0).extent();
        int columns = (int) x.shape().dim(1).extent();
        double[] w = weights.toDoubles();
        double[] sums = new double[w.length];
        double[] row = new double[columns];
        int[] best = new int[trees.targets()];
        double scale = aggregate == Aggregate.AVERAGE ? 1.0 / Math.max(1, trees.count()) : 1;
        for (int r = 0; r < rows; r++) {
            host.checkCancelled();
            TreeEnsemble.read(x, r * columns, row, columns);
            Arrays.fill(best, -1);
            for (int t = 0; t < trees.count(); t++) {
                int leaf = trees.leaf(t, row, 0);
                for (int e = trees.firstEntry(leaf); e < trees.firstEntry(leaf + 1); e++) {
                    int target = trees.target(e);
                    int weight = trees.weight(e);
                    switch (aggregate) {
                        case SUM, AVERAGE -> sums[weight] += scale * cotangent.getDouble(r * trees.targets() + target);
                        case MIN ->
                            best[target] = best[target] < 0 || w[weight] < w[best[target]] ? weight : best[target];
                        case MAX ->
                            best[target] = best[target] < 0 || w[weight] > w[best[target]] ? weight : best[target];
                    }
                }
            }
            for (int target = 0; target < best.length; target++) {
                if (best[target] >= 0) {
                    sums[best[target]] += cotangent.getDouble(r * trees.targets() + target);
                }
            }
        }
        Tensor out = Tensor.zeros(weights.dtype(), weights.shape());
        for (int i = 0; i < sums.length; i++) {
            out.elements().set(i, sums[i]);
        }
        return List.of(out);
    }

    static Stream<Example> examples() {
        return Stream.of(Aggregate.values())
                .map(how -> Example.of(
                        new TreeEnsembleGradient(TreeEnsemble.stumps(), how),
                        Example.f32(7, 3).notDifferentiable(),
                        Example.f32(6).notDifferentiable(),
                        Example.f32(7, 2)));
    }
}
