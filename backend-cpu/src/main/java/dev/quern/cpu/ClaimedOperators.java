package dev.quern.cpu;

import dev.quern.cpu.plain.OrderKeys;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.trees.ForestBuilder;
import dev.quern.cpu.trees.ForestLayout;
import dev.quern.cpu.trees.ForestStep;
import dev.quern.cpu.trees.Leaves;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.Trees;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// The operators that the CPU runs whole, and their steps: the one place of this backend that knows operators.
final class ClaimedOperators {
    private ClaimedOperators() {}

    static boolean claims(Kernel.Claimed op) {
        return op instanceof TreeEnsemble e
                && ForestBuilder.fits(
                        e.trees().largest(),
                        e.trees().features(),
                        e.trees().sets().stream().mapToLong(Set::size).sum());
    }

    static Step step(Kernel.Native whole, Buffers buffers) {
        if (!(whole.op() instanceof TreeEnsemble trees)) {
            throw new IllegalArgumentException("the cpu backend did not claim " + whole.name());
        }
        Constant weights = buffers.constant(whole.inputs().get(1).buffer());
        if (weights == null) {
            throw new IllegalArgumentException("the weights of " + whole.name() + " must be constant");
        }
        boolean floats = whole.inputs().getFirst().dtype() == DType.F32;
        ForestLayout layout = weights.form(new Key(trees, floats), k -> layout(k, weights.tensor()));
        return new ForestStep(whole.inputs().getFirst(), whole.outputs().getFirst(), layout);
    }

    /// What a layout depends on besides the weights.
    private record Key(TreeEnsemble trees, boolean floats) {}

    private static ForestLayout layout(Key key, Tensor weights) {
        Trees trees = key.trees().trees();
        int[] start =
                IntStream.rangeClosed(0, trees.leaves()).map(trees::firstEntry).toArray();
        int entries = start[trees.leaves()];
        Leaves leaves = new Leaves(
                trees.targets(),
                switch (key.trees().aggregate()) {
                    case SUM, AVERAGE -> Leaves.Aggregate.SUM;
                    case MIN -> Leaves.Aggregate.MIN;
                    case MAX -> Leaves.Aggregate.MAX;
                },
                key.trees().aggregate() == TreeEnsemble.Aggregate.AVERAGE ? 1.0 / Math.max(1, trees.count()) : 1,
                start,
                IntStream.range(0, entries).map(trees::target).toArray(),
                IntStream.range(0, entries)
                        .mapToDouble(e -> weights.getDouble(trees.weight(e)))
                        .toArray());
        return ForestLayout.of(new Shape(trees), leaves, key.floats());
    }

    /// Trees as the builder sees them.
    private record Shape(Trees trees) implements ForestBuilder.Trees {
        @Override
        public int count() {
            return trees.count();
        }

        @Override
        public int root(int tree) {
            return trees.root(tree);
        }

        @Override
        public int leaf(int node) {
            return trees.leafAt(node);
        }

        @Override
        public ForestBuilder.Decision decision(int node) {
            Trees.Decision d = trees.decision(node);
            int yes = (int) d.yes();
            int no = (int) d.no();
            // no number is at most NaN
            boolean yesFirst = switch (d.mode()) {
                case LEQ, LT -> !Double.isNaN(d.threshold());
                case NEQ -> true;
                case GTE, GT, EQ, MEMBER -> false;
            };
            boolean missingIsYes = d.missingIsYes() || d.mode() == Trees.Mode.NEQ;
            return new ForestBuilder.Decision(
                    d.feature(), cuts(d), yesFirst ? yes : no, yesFirst ? no : yes, missingIsYes ? yes : no);
        }

        /// Where the answers of `d` change.
        private long[] cuts(Trees.Decision d) {
            double t = d.threshold();
            if (d.mode() == Trees.Mode.MEMBER) {
                return around(trees.sets().get((int) t).stream().mapToDouble(v -> v));
            }
            long at = OrderKeys.of(t);
            return Double.isNaN(t)
                    ? new long[0]
                    : switch (d.mode()) {
                        case LEQ, GT -> new long[] {at};
                        case LT, GTE -> new long[] {at - 1};
                        case EQ, NEQ, MEMBER -> around(DoubleStream.of(t));
                    };
        }

        /// Cuts below and at each number.
        private static long[] around(DoubleStream numbers) {
            return numbers.mapToLong(OrderKeys::of)
                    .sorted()
                    .flatMap(k -> LongStream.of(k - 1, k))
                    .toArray();
        }
    }
}
